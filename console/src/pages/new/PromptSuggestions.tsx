import { useT } from "@/i18n";
import { SuggestionCard } from "@/pages/new/SuggestionCard";
import { type Suggestion, TemplateSuggestions } from "@/pages/new/TemplateSuggestions";

const EXAMPLES = ["slow", "errors", "deploy", "memory"] as const;

/** Prompts to start from: the organization's templates, then the built-in examples. */
export function PromptSuggestions({ onChoose }: { onChoose: (suggestion: Suggestion) => void }) {
  const t = useT();
  return (
    <section aria-label={t("suggestions")}>
      <h2 className="eyebrow mb-2">{t("suggestions")}</h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        <TemplateSuggestions onChoose={onChoose} />
        {EXAMPLES.map((name) => (
          <SuggestionCard
            key={name}
            title={t(`suggestion.${name}`)}
            text={t(`suggestion.${name}.prompt`)}
            onChoose={() => onChoose({ prompt: t(`suggestion.${name}.prompt`), templateId: "" })}
          />
        ))}
      </ul>
    </section>
  );
}
