import { useT } from "@/i18n";

const STARTERS = ["slow", "errors", "deploy", "memory"] as const;

/** Beginnings for who does not know how to begin. */
export function Starters({ onChoose }: { onChoose: (prompt: string) => void }) {
  const t = useT();
  return (
    <section aria-label={t("starters")}>
      <h2 className="eyebrow mb-2">{t("starters")}</h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        {STARTERS.map((one) => (
          <li key={one}>
            <button
              type="button"
              onClick={() => onChoose(t(`starter.${one}.prompt`))}
              className="card h-full w-full px-3 py-2 text-left hover:border-line-strong hover:bg-sunken"
            >
              <span className="block font-medium">{t(`starter.${one}`)}</span>
              <span className="line-clamp-2 text-xs text-ink-2">{t(`starter.${one}.prompt`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
