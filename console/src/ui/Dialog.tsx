import { type ReactNode, useEffect, useId, useRef } from "react";
import { useT } from "@/i18n";
import { IconButton } from "@/ui/Button";

/**
 * A modal dialog. The browser's own element keeps the focus inside and restores it. A `persistent` dialog has
 * no close button and ignores Escape.
 */
export function Dialog({
  title,
  onClose,
  children,
  persistent = false,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  persistent?: boolean;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const t = useT();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!persistent) onClose();
      }}
      className={`m-auto max-h-[90dvh] w-[calc(100%-2rem)] overflow-auto rounded-lg border border-line bg-raised p-0 text-ink shadow-pop ${wide ? "max-w-2xl" : "max-w-md"}`}
    >
      <header className="flex items-center justify-between gap-4 border-b border-line px-4 py-2.5">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {!persistent && <IconButton label={t("close")} icon="cross" onClick={onClose} />}
      </header>
      <div className="p-4">{children}</div>
    </dialog>
  );
}
