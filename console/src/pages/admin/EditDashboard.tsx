import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemError } from "@/api/problem";
import { dashboardsQuery } from "@/api/queries";
import type { ActionKind, DashboardResponse } from "@/api/schema";
import { type Translate, useT, word } from "@/i18n";
import { DashboardSignIn } from "@/pages/admin/DashboardSignIn";
import { commonEnvironment, type DashboardDraft, draftOf, nameOf, save } from "@/pages/admin/dashboardDraft";
import { CheckBoxes } from "@/ui/CheckBoxes";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";

/** The connector types of the API; the first is chosen by what answers at the address. */
const PRODUCTS = [
  "",
  "grafana",
  "prometheus",
  "alertmanager",
  "kibana",
  "opensearch-dashboards",
  "opensearch",
  "jaeger",
  "datadog",
  "web",
] as const;
const ACTIONS = ["restart", "scale", "rollback"] as const satisfies readonly ActionKind[];

/** Registers a dashboard, or changes it. Its pages are chosen afterwards. */
export function EditDashboard({
  dashboard: current,
  others,
  onClose,
}: {
  dashboard?: DashboardResponse;
  others: DashboardResponse[];
  onClose: (registered?: DashboardResponse) => void;
}) {
  const t = useT();
  const client = useQueryClient();
  /** As it was when the form opened: what somebody else changed since must not be overwritten. */
  const [dashboard] = useState(current);
  const [draft, setDraft] = useState(() => draftOf(dashboard, commonEnvironment(others)));
  const change = (changed: Partial<DashboardDraft>) => setDraft({ ...draft, ...changed });
  const saving = useMutation({
    mutationFn: () => save(draft, dashboard),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
      onClose(saved);
    },
    onError: () => client.invalidateQueries({ queryKey: dashboardsQuery.queryKey }),
  });
  const isTaken = others.some((other) => other.name === draft.name);
  return (
    <FormDialog
      title={t(dashboard ? "editDashboard" : "addDashboard")}
      action={t("save")}
      onSend={saving.mutate}
      onClose={() => onClose()}
      busy={saving.isPending}
      ready={!isTaken}
      error={saving.error ? errorText(saving.error, draft.type, t) : undefined}
      progress={t(draft.type ? "dashboard.saving" : "dashboard.detecting")}
      wide
    >
      <TextField
        label={t("dashboard.address")}
        hint={t("dashboard.addressHint")}
        type="url"
        required
        mono
        maxLength={2000}
        placeholder="https://grafana.example.com"
        value={draft.baseUrl}
        onChange={(baseUrl) =>
          change({
            baseUrl,
            ...(dashboard || draft.name !== nameOf(draft.baseUrl) ? {} : { name: nameOf(baseUrl) }),
          })
        }
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t("name")}
          hint={t("dashboard.nameHint")}
          error={isTaken ? t("dashboard.nameTaken") : undefined}
          required
          pattern="[a-z][a-z0-9\-]{0,40}"
          maxLength={41}
          value={draft.name}
          onChange={(name) => change({ name })}
        />
        <Field label={t("dashboard.product")}>
          <select
            className="control"
            value={draft.type}
            onChange={(event) => change({ type: event.target.value })}
          >
            {PRODUCTS.filter((product) => product !== "" || !dashboard).map((product) => (
              <option key={product} value={product}>
                {product === ""
                  ? t("dashboard.detected")
                  : product === "web"
                    ? t("dashboard.anyPage")
                    : product}
              </option>
            ))}
            {draft.type && !(PRODUCTS as readonly string[]).includes(draft.type) && (
              <option value={draft.type}>{draft.type}</option>
            )}
          </select>
        </Field>
        <TextField
          label={t("dashboard.environment")}
          required
          maxLength={100}
          value={draft.environment}
          onChange={(environment) => change({ environment })}
        />
        <DashboardSignIn draft={draft} signed={dashboard?.signed ?? false} onChange={change} />
      </div>
      <CheckBoxes
        label={t("dashboard.actions")}
        hint={t("dashboard.actionsHint")}
        from={ACTIONS}
        chosen={draft.actions}
        textOf={(action) => word(t, "action", action)}
        onChange={(actions) => change({ actions })}
      />
      <details className="rounded-md border border-line p-3">
        <summary className="cursor-pointer text-xs font-medium text-ink-2">{t("dashboard.masks")}</summary>
        <div className="mt-3 flex flex-col gap-4">
          <Lines
            label={t("dashboard.patterns")}
            hint={t("dashboard.patternsHint")}
            value={draft.patterns}
            onChange={(patterns) => change({ patterns })}
          />
          <Lines
            label={t("dashboard.selectors")}
            hint={t("dashboard.selectorsHint")}
            value={draft.selectors}
            onChange={(selectors) => change({ selectors })}
          />
        </div>
      </details>
    </FormDialog>
  );
}

/** What went wrong; where nothing was detected, also what can be done. */
function errorText(error: Error, type: string, t: Translate): string {
  const undetected = type === "" && error instanceof ProblemError && error.status === 422;
  return undetected ? `${error.message}. ${t("dashboard.chooseProduct")}` : error.message;
}

function Lines({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      <textarea
        className="control min-h-16 resize-y font-mono"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
