import { Link } from "@tanstack/react-router";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { dismiss, useToasts } from "@/shell/toastStore";
import { INK } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/icons";

const ICONS = { neutral: "bell", accent: "bell", ok: "check", warn: "approvals", danger: "alert" } as const;

export function Toasts() {
  const t = useT();
  return (
    <div
      role="region"
      aria-label={t("notifications")}
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-40 flex w-80 max-w-[calc(100%-2rem)] flex-col gap-2 print:hidden"
    >
      {useToasts().map((toast) => (
        <div
          key={toast.id}
          className="pointer-events-auto flex items-start gap-2.5 rounded-lg border border-line bg-raised p-3 shadow-pop"
        >
          <Icon name={ICONS[toast.tone]} className={`mt-0.5 size-4 ${INK[toast.tone]}`} />
          <div className="min-w-0 flex-1">
            <p className="font-medium [overflow-wrap:anywhere]">{truncate(toast.title, 120)}</p>
            {toast.text && (
              <p className="text-xs text-ink-2 [overflow-wrap:anywhere]">{truncate(toast.text, 200)}</p>
            )}
            {toast.to && (
              <Link to={toast.to as "/missions"} className="text-xs font-medium text-accent hover:underline">
                {t("open")}
              </Link>
            )}
          </div>
          <IconButton label={t("close")} icon="cross" onClick={() => dismiss(toast.id)} className="-m-1" />
        </div>
      ))}
    </div>
  );
}
