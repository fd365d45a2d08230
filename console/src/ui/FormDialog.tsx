import type { FormEvent, ReactNode } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

/** A dialog with one form and its submit button. Errors are shown at the fields. */
export function FormDialog({
  title,
  action,
  kind = "primary",
  onSend,
  onClose,
  busy = false,
  ready = true,
  wide = false,
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
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {children}
        <Button type="submit" kind={kind} className="self-end" disabled={!ready} busy={busy}>
          {action}
        </Button>
      </form>
    </Dialog>
  );
}
