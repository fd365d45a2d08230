import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { dashboardsQuery } from "@/api/queries";
import type { DashboardHealth as Health, HealthStatus } from "@/api/schema";
import { truncate } from "@/format/text";
import { span, useTimes } from "@/format/time";
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

/** Opens the dashboard in the worker's browser now, and says what that found. */
export function DashboardTest({ id, known }: { id: string; known: Health }) {
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
            {problem.offline ? t("noAnswer") : problem.message}{" "}
            {problem.correlationId && <code className="font-mono">{problem.correlationId}</code>}
          </p>
        ) : (
          <Result health={testing.data ?? known} />
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
  const { day } = useTimes();
  const standing = health.status ?? "unknown";
  const [tone, icon] = APPEARANCE[standing];
  return (
    <div className="flex flex-col gap-1 text-xs text-ink-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <IconLabel tone={tone} icon={icon}>
          {health.at ? word(t, "standing", standing) : t("neverTested")}
        </IconLabel>
        {health.source?.version && (
          <span>{truncate(`${health.source.type} ${health.source.version}`, 60)}</span>
        )}
        {health.latencyMs != null && <span className="num">{span(health.latencyMs)}</span>}
        {health.at && <time dateTime={health.at}>{t("testedAt", { time: day(health.at) })}</time>}
      </p>
      {health.detail && <UntrustedText text={health.detail} most={300} />}
      {(health.rights ?? []).length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {(health.rights ?? []).map((right) => (
            <li key={right.name} title={right.detail}>
              <Badge tone={right.held ? "ok" : "danger"} icon={right.held ? "check" : "cross"}>
                {truncate(right.name, 60)}
                <span className="sr-only">: {t(right.held ? "held" : "notHeld")}</span>
              </Badge>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
