import { Copyable } from "@/ui/Copyable";
import { Dialog } from "@/ui/Dialog";

/** A link or a key that is shown only once: anyone who has it gets access. */
export function SecretDialog({
  title,
  text,
  value,
  onClose,
}: {
  title: string;
  text: string;
  value: string;
  onClose: () => void;
}) {
  return (
    <Dialog title={title} onClose={onClose} wide>
      <p className="mb-3 text-ink-2">{text}</p>
      <Copyable value={value} />
    </Dialog>
  );
}
