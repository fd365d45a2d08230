import { useT } from "@/i18n";
import type { Key } from "@/i18n/en";
import { Dialog } from "@/ui/Dialog";

const SHORTCUTS: [string, Key][] = [
  ["Ctrl K", "keys.palette"],
  ["?", "keys.list"],
  ["g m", "keys.missions"],
  ["g a", "keys.approvals"],
  ["g s", "keys.settings"],
  ["c", "keys.new"],
  ["/", "keys.filter"],
  ["j k", "keys.rows"],
  ["[ ]", "keys.steps"],
  ["Space", "keys.play"],
  ["Esc", "keys.back"],
];

export function ShortcutList({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t("shortcuts")} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {SHORTCUTS.map(([keys, key]) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(" ").map((name) => (
                <kbd
                  key={name}
                  className="min-w-5 rounded border border-line-strong bg-sunken px-1.5 text-center font-sans text-xs"
                >
                  {name}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-2">{t(key)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 border-t border-line pt-3 text-xs text-ink-3">{t("keys.never")}</p>
    </Dialog>
  );
}
