import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { templatesQuery } from "@/api/queries";
import type { Template } from "@/api/schema";
import { useT } from "@/i18n";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";

/** Creates a template, or changes an existing one. */
export function EditTemplate({ template, onClose }: { template?: Template; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [draft, setDraft] = useState({
    name: template?.name ?? "",
    description: template?.description ?? "",
    category: template?.category ?? "general",
    promptTemplate: template?.promptTemplate ?? "",
    tags: template?.tags.join(", ") ?? "",
    isActive: template?.isActive ?? true,
  });
  const saving = useMutation({
    mutationFn: () => {
      const tags = draft.tags.split(",").map((tag) => tag.trim());
      const body = { ...draft, tags: tags.filter(Boolean), dashboardType: template?.dashboardType ?? null };
      if (!template) return unwrap(api.POST("/api/templates", { body }));
      return unwrap(
        api.PUT("/api/templates/{template_id}", {
          params: { path: { template_id: template.id } },
          body: { ...body, version: template.version },
        }),
      );
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: templatesQuery.queryKey });
      onClose();
    },
  });
  const text = (key: "name" | "description" | "category" | "tags", maxLength: number, required = false) => (
    <TextField
      label={t(`template.${key}`)}
      required={required}
      maxLength={maxLength}
      value={draft[key]}
      onChange={(value) => setDraft({ ...draft, [key]: value })}
    />
  );
  return (
    <FormDialog
      title={t(template ? "editTemplate" : "addTemplate")}
      action={t("save")}
      onSend={saving.mutate}
      onClose={onClose}
      busy={saving.isPending}
      wide
    >
      {text("name", 100, true)}
      {text("description", 2000)}
      <Field label={t("template.prompt")} hint={t("template.promptHint")} error={saving.error?.message}>
        <textarea
          className="control min-h-28 resize-y"
          required
          minLength={10}
          maxLength={5000}
          value={draft.promptTemplate}
          onChange={(event) => setDraft({ ...draft, promptTemplate: event.target.value })}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        {text("category", 100, true)}
        {text("tags", 500)}
      </div>
      <label className="flex min-h-8 items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={draft.isActive}
          onChange={(event) => setDraft({ ...draft, isActive: event.target.checked })}
        />
        {t("template.active")}
      </label>
    </FormDialog>
  );
}
