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

export type Chosen = { prompt: string; templateId: string };

/** The organization's templates; nothing where there are none, or while they cannot be read. */
export function TemplateSuggestions({ onChoose }: { onChoose: (chosen: Chosen) => void }) {
  const { data } = useQuery(templatesQuery);
  const [filling, setFilling] = useState<Template | null>(null);
  const choose = (one: Template) => {
    if (one.variables.length > 0) setFilling(one);
    else onChoose({ prompt: one.promptTemplate, templateId: one.id });
  };
  return (
    <>
      {data?.templates
        .filter((one) => one.isActive)
        .map((one) => (
          <SuggestionCard
            key={one.id}
            title={truncate(one.name, 100)}
            text={truncate(one.description || one.promptTemplate, 200)}
            onChoose={() => choose(one)}
          />
        ))}
      {filling && (
        <Filling
          template={filling}
          onClose={() => setFilling(null)}
          onFilled={(prompt) => {
            setFilling(null);
            onChoose({ prompt, templateId: filling.id });
          }}
        />
      )}
    </>
  );
}

function Filling({
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
        <UntrustedText text={prompt} most={600} />
      </p>
    </FormDialog>
  );
}
