import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { templatesQuery } from "@/api/queries";
import type { Template } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { EditTemplate } from "@/pages/admin/EditTemplate";
import { ConfirmedAction } from "@/shell/ConfirmedAction";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";
import { UntrustedText } from "@/ui/UntrustedText";

/** The templates that the page of a new mission offers. */
export function Templates() {
  const t = useT();
  const [adding, setAdding] = useState(false);
  const query = useQuery(templatesQuery);
  return (
    <Panel
      title={t("templates")}
      flush
      aside={
        <Button small icon="plus" onClick={() => setAdding(true)}>
          {t("addTemplate")}
        </Button>
      }
    >
      <QueryView query={query}>
        {({ templates }) =>
          templates.length === 0 ? (
            <EmptyState icon="flag" title={t("noTemplates")}>
              {t("noTemplatesText")}
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {templates.map((template) => (
                <Row key={template.id} template={template} />
              ))}
            </ul>
          )
        }
      </QueryView>
      {adding && <EditTemplate onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function Row({ template }: { template: Template }) {
  const t = useT();
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const name = truncate(template.name, 60);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">
          <bdi>{name}</bdi>
        </span>
        <Badge>{truncate(template.category, 40)}</Badge>
        {template.tags.map((tag) => (
          <Badge key={tag}>{truncate(tag, 40)}</Badge>
        ))}
        {!template.isActive && <Badge tone="danger">{t("inactive")}</Badge>}
        <span className="num text-xs text-ink-3">{t("usedTimes", { n: template.usageCount })}</span>
        <span className="ml-auto flex gap-1">
          <Button small onClick={() => setOpen("edit")}>
            {t("edit")}
          </Button>
          <Button small kind="quiet" className="text-danger" onClick={() => setOpen("delete")}>
            {t("delete")}
          </Button>
        </span>
      </div>
      <p className="mt-1 text-xs text-ink-2">
        <UntrustedText text={template.promptTemplate} maxLength={300} />
      </p>
      {open === "edit" && <EditTemplate template={template} onClose={() => setOpen(null)} />}
      {open === "delete" && (
        <ConfirmedAction
          title={t("deleteTemplateTitle", { name })}
          text={t("deleteTemplateText")}
          action={t("delete")}
          run={() =>
            unwrap(
              api.DELETE("/api/templates/{template_id}", { params: { path: { template_id: template.id } } }),
            )
          }
          changes={templatesQuery.queryKey}
          onClose={() => setOpen(null)}
        />
      )}
    </li>
  );
}
