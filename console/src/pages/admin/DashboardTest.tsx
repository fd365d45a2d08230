import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { dashboardsQuery } from "@/api/queries";
import type { DashboardHealth as Health, HealthStatus } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Badge, IconLabel, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import type { IconName } from "@/ui/icons";
import { UntrustedText } from "@/ui/UntrustedText";

const APPEARANCE: Record<HealthStatus, [Tone, IconName]> = {
  healthy: ["ok", "check"],
  degraded: ["warn", "alert"],
  down: ["danger", "cross"],
  unknown: ["neutral", "dot"],
};

/** Opens the dashboard in the worker's browser and shows the result; before that, the latest one. */
export function DashboardTest({ id, latest }: { id: string; latest: Health }) {
  const t = useT();
  const client = useQueryClient();
  const testing = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/dashboards/{dashboard_id}/test", { params: { path: { dashboard_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: dashboardsQuery.queryKey }),
  });
  const problem = testing.error instanceof ProblemError ? testing.error : null;
  return (
    <div className="mt-2 flex flex-wrap items-start justify-between gap-2">
      <div className="min-w-0 flex-1 basis-60" role="status">
        {testing.isPending ? (
          <span className="text-xs text-ink-2">{t("testing")}</span>
        ) : problem ? (
          <p className="text-xs text-danger">
            {problem.offline ? t("noResponse") : problem.message}{" "}
            {problem.correlationId && <code className="font-mono">{problem.correlationId}</code>}
          </p>
        ) : (
          <Result health={testing.data ?? latest} />
        )}
      </div>
      <Button small icon="play" busy={testing.isPending} onClick={() => testing.mutate()}>
        {t("test")}
      </Button>
    </div>
  );
}

function Result({ health }: { health: Health }) {
  const t = useT();
  const { shortDateTime, duration } = useFormats();
  const status = health.status ?? "unknown";
  const [tone, icon] = APPEARANCE[status];
  return (
    <div className="flex flex-col gap-1 text-xs text-ink-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <IconLabel tone={tone} icon={icon}>
          {health.at ? word(t, "health", status) : t("neverTested")}
        </IconLabel>
        {health.source?.version && (
          <span>{truncate(`${health.source.type} ${health.source.version}`, 60)}</span>
        )}
        {health.latencyMs != null && <span className="num">{duration(health.latencyMs)}</span>}
        {health.at && <time dateTime={health.at}>{t("testedAt", { time: shortDateTime(health.at) })}</time>}
      </p>
      {health.detail && <UntrustedText text={health.detail} maxLength={300} />}
      {(health.rights ?? []).length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {(health.rights ?? []).map((right) => (
            <li key={right.name} title={right.detail}>
              <Badge tone={right.held ? "ok" : "danger"} icon={right.held ? "check" : "cross"}>
                {truncate(right.name, 60)}
                <span className="sr-only">: {t(right.held ? "granted" : "notGranted")}</span>
              </Badge>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
