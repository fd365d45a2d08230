import { useT } from "@/i18n";
import { type Chosen, OwnStarters } from "@/pages/new/OwnStarters";
import { Starter } from "@/pages/new/Starter";

const STARTERS = ["slow", "errors", "deploy", "memory"] as const;

/** Beginnings for who does not know how to begin: the organization's templates, then ours. */
export function Starters({ onChoose }: { onChoose: (chosen: Chosen) => void }) {
  const t = useT();
  return (
    <section aria-label={t("starters")}>
      <h2 className="eyebrow mb-2">{t("starters")}</h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        <OwnStarters onChoose={onChoose} />
        {STARTERS.map((one) => (
          <Starter
            key={one}
            title={t(`starter.${one}`)}
            text={t(`starter.${one}.prompt`)}
            onChoose={() => onChoose({ prompt: t(`starter.${one}.prompt`), templateId: "" })}
          />
        ))}
      </ul>
    </section>
  );
}
