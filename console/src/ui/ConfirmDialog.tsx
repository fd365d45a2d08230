import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import type { IconName } from "@/ui/icons";

/** Asks for confirmation before an action that cannot be undone. */
export function ConfirmDialog({
  title,
  text,
  action,
  cancelText,
  icon,
  busy,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  cancelText?: string;
  icon?: IconName;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const t = useT();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-sm text-ink-2">{text}</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>{cancelText ?? t("cancel")}</Button>
        <Button kind="danger" icon={icon} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
