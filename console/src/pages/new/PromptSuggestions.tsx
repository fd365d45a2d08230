import { useT } from "@/i18n";
import { SuggestionCard } from "@/pages/new/SuggestionCard";
import { type Chosen, TemplateSuggestions } from "@/pages/new/TemplateSuggestions";

const STARTERS = ["slow", "errors", "deploy", "memory"] as const;

/** Beginnings for who does not know how to begin: the organization's templates, then ours. */
export function PromptSuggestions({ onChoose }: { onChoose: (chosen: Chosen) => void }) {
  const t = useT();
  return (
    <section aria-label={t("starters")}>
      <h2 className="eyebrow mb-2">{t("starters")}</h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        <TemplateSuggestions onChoose={onChoose} />
        {STARTERS.map((one) => (
          <SuggestionCard
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
