import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { dashboardsQuery } from "@/api/queries";
import type { MeasuredRole, PanelObservation, SeriesMeasure } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";

const ROLES = [
  "traffic",
  "errors",
  "error_ratio",
  "success_ratio",
  "latency",
  "saturation",
  "usage",
  "limit",
  "queue",
  "up",
  "restarts",
  "other",
] as const satisfies MeasuredRole[];
const UNITS = [
  "seconds",
  "milliseconds",
  "ratio",
  "percent",
  "requests/s",
  "errors/s",
  "count",
  "bytes",
  "cores",
];
/** Longer queries are cut in the observation. */
const QUERY_LENGTH = 1000;

/** States what a panel's series measure. It is stored with the dashboard. */
export function StateMeasure({
  target,
  panel,
  measure,
  onClose,
}: {
  target: string;
  panel: PanelObservation;
  measure: SeriesMeasure;
  onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const dashboards = useQuery(dashboardsQuery);
  const [role, setRole] = useState<MeasuredRole>(measure.role);
  const [unit, setUnit] = useState(measure.unit ?? "");
  const [service, setService] = useState("");
  const dashboard = dashboards.data?.dashboards
    .filter(({ name }) => target.startsWith(`${name}/`))
    .sort((first, second) => second.name.length - first.name.length)[0]; // names may have slashes
  const stating = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/dashboards/{dashboard_id}/mappings", {
          params: { path: { dashboard_id: dashboard?.id ?? "" } },
          body: {
            page: target.slice((dashboard?.name.length ?? 0) + 1),
            panel: panel.id,
            series: seriesOf(panel.measures ?? [], measure),
            measures: { role, ...(unit && { unit }), ...(service && { service }) },
          },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
      showToast({ tone: "ok", title: t("measureStated"), text: t("measureStatedText") });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("measureOf", { panel: truncate(panel.title, 60) })}
      action={t("save")}
      onSend={stating.mutate}
      onClose={onClose}
      busy={stating.isPending}
      ready={dashboard !== undefined && role !== "unknown"}
    >
      {dashboards.data && !dashboard && <p className="text-warn">{t("measureUnknownDashboard")}</p>}
      {measure.query && (
        <code className="untrusted font-mono text-xs text-ink-2 [overflow-wrap:anywhere]">
          {truncate(measure.query, 300)}
        </code>
      )}
      <Field label={t("measuredRole")} error={stating.error?.message}>
        <select
          className="control"
          value={role}
          onChange={(event) => setRole(event.target.value as MeasuredRole)}
        >
          {role === "unknown" && <option value="unknown">–</option>}
          {ROLES.map((each) => (
            <option key={each} value={each}>
              {word(t, "measured", each)}
            </option>
          ))}
        </select>
      </Field>
      <TextField label={t("measuredUnit")} list="units" maxLength={50} value={unit} onChange={setUnit} mono />
      <datalist id="units">
        {UNITS.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <TextField
        label={t("measuredService")}
        hint={t("measuredServiceHint")}
        maxLength={200}
        value={service}
        onChange={setService}
        mono
      />
    </FormDialog>
  );
}

/** Which series of the panel are meant: "" for all, if they have one query. */
function seriesOf(measures: SeriesMeasure[], measure: SeriesMeasure): string {
  const others = measures.filter(({ query }) => query !== measure.query);
  if (others.length === 0) return "";
  if (measure.metric && others.every(({ metric }) => metric !== measure.metric)) return measure.metric;
  return measure.query.length < QUERY_LENGTH ? measure.query : `${measure.query}*`;
}
