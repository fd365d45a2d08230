import type { FormEvent, ReactNode } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

/**
 * A dialog with one form and its submit button. Errors are shown at the fields; `error` is one of the form as a
 * whole, and `progress` says what a long sending does: until then the dialog stays open.
 */
export function FormDialog({
  title,
  action,
  kind = "primary",
  onSend,
  onClose,
  busy = false,
  ready = true,
  wide = false,
  error,
  progress,
  children,
}: {
  title: string;
  action: string;
  kind?: "primary" | "danger";
  onSend: () => void;
  onClose: () => void;
  busy?: boolean;
  ready?: boolean;
  wide?: boolean;
  error?: string | undefined;
  progress?: string;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide} persistent={busy && progress !== undefined}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {children}
        {error && (
          <p className="text-xs text-danger" role="alert">
            {error}
          </p>
        )}
        {progress !== undefined && (
          <p className="text-xs text-ink-2" role="status">
            {busy ? progress : ""}
          </p>
        )}
        <Button type="submit" kind={kind} className="self-end" disabled={!ready} busy={busy}>
          {action}
        </Button>
      </form>
    </Dialog>
  );
}
