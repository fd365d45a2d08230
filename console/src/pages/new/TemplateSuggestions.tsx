import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { templatesQuery } from "@/api/queries";
import type { Template } from "@/api/schema";
import { fillIn } from "@/format/template";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { SuggestionCard } from "@/pages/new/SuggestionCard";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";
import { UntrustedText } from "@/ui/UntrustedText";

export type Suggestion = { prompt: string; templateId: string };

/** The organization's templates; nothing while they are not loaded. */
export function TemplateSuggestions({ onChoose }: { onChoose: (suggestion: Suggestion) => void }) {
  const { data } = useQuery(templatesQuery);
  const [selected, setSelected] = useState<Template | null>(null);
  const choose = (template: Template) => {
    if (template.variables.length > 0) setSelected(template);
    else onChoose({ prompt: template.promptTemplate, templateId: template.id });
  };
  return (
    <>
      {data?.templates
        .filter((template) => template.isActive)
        .map((template) => (
          <SuggestionCard
            key={template.id}
            title={truncate(template.name, 100)}
            text={truncate(template.description || template.promptTemplate, 200)}
            onChoose={() => choose(template)}
          />
        ))}
      {selected && (
        <FillInDialog
          template={selected}
          onClose={() => setSelected(null)}
          onFilled={(prompt) => {
            setSelected(null);
            onChoose({ prompt, templateId: selected.id });
          }}
        />
      )}
    </>
  );
}

function FillInDialog({
  template,
  onClose,
  onFilled,
}: {
  template: Template;
  onClose: () => void;
  onFilled: (prompt: string) => void;
}) {
  const t = useT();
  const [values, setValues] = useState<Record<string, string>>({});
  const prompt = fillIn(template.promptTemplate, values);
  return (
    <FormDialog
      title={truncate(template.name, 100)}
      action={t("useTemplate")}
      onSend={() => onFilled(prompt)}
      onClose={onClose}
    >
      {template.variables.map((name) => (
        <TextField
          key={name}
          label={name}
          required
          pattern=".*\S.*"
          maxLength={1000}
          value={values[name] ?? ""}
          onChange={(value) => setValues({ ...values, [name]: value })}
        />
      ))}
      <p className="text-ink-2">
        <UntrustedText text={prompt} maxLength={600} />
      </p>
    </FormDialog>
  );
}
