import { useQuery } from "@tanstack/react-query";
import { dashboardsQuery, queueQuery, quotaQuery } from "@/api/queries";
import type { DashboardResponse } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** What the mission will visit, which actions it can propose, and which approvals they need. */
export function Preview({ chosen, onChoose }: { chosen: string; onChoose: (url: string) => void }) {
  const t = useT();
  const query = useQuery(dashboardsQuery);
  return (
    <aside className="flex flex-col gap-4" aria-label={t("preview")}>
      <Panel title={t("willVisit")}>
        <QueryView query={query}>
          {({ dashboards }) =>
            dashboards.length === 0 ? (
              <EmptyState icon="eye" title={t("noDashboards")}>
                {t("noDashboardsText")}
              </EmptyState>
            ) : (
              <Dashboards dashboards={dashboards} chosen={chosen} onChoose={onChoose} />
            )
          }
        </QueryView>
      </Panel>
      {query.data && query.data.dashboards.length > 0 && (
        <Scope
          dashboards={query.data.dashboards.filter((dashboard) => !chosen || dashboard.baseUrl === chosen)}
        />
      )}
    </aside>
  );
}

function Dashboards({
  dashboards,
  chosen,
  onChoose,
}: {
  dashboards: DashboardResponse[];
  chosen: string;
  onChoose: (url: string) => void;
}) {
  const t = useT();
  return (
    <div className="flex flex-col gap-3">
      {dashboards.length > 1 && (
        <select
          className="control"
          aria-label={t("dashboard")}
          value={chosen}
          onChange={(event) => onChoose(event.target.value)}
        >
          <option value="">{t("allDashboards", { n: dashboards.length })}</option>
          {dashboards.map((dashboard) => (
            <option key={dashboard.name} value={dashboard.baseUrl}>
              {dashboard.name}
            </option>
          ))}
        </select>
      )}
      {dashboards
        .filter((dashboard) => !chosen || dashboard.baseUrl === chosen)
        .map((dashboard) => (
          <div key={dashboard.name}>
            <p className="flex items-baseline gap-2">
              <span className="font-medium">{truncate(dashboard.name, 60)}</span>
              <span className="text-xs text-ink-3">{truncate(dashboard.type, 40)}</span>
            </p>
            <ul className="mt-1 flex flex-col gap-0.5 text-ink-2">
              {(dashboard.config?.pages ?? []).map((page) => (
                <li key={page.id} className="flex items-baseline gap-2">
                  <Icon name="eye" className="size-3 translate-y-0.5 text-ink-3" />
                  <span className="min-w-0 flex-1 truncate">{truncate(page.title, 60)}</span>
                  {page.panels.length > 0 && ( // a page without named panels shows all of them
                    <span className="num text-xs text-ink-3">{t("panels", { n: page.panels.length })}</span>
                  )}
                </li>
              ))}
            </ul>
          </div>
        ))}
    </div>
  );
}

function Scope({ dashboards }: { dashboards: DashboardResponse[] }) {
  const t = useT();
  // Like the planner: only the actions that all of these dashboards allow.
  const actions = (dashboards[0]?.config?.actions ?? []).filter((action) =>
    dashboards.every((dashboard) => dashboard.config?.actions?.includes(action)),
  );
  const environments = [...new Set(dashboards.flatMap((dashboard) => dashboard.config?.environment ?? []))];
  const queue = useQuery(queueQuery).data?.status;
  const quota = useQuery(quotaQuery).data;
  const { fromNow } = useFormats();
  return (
    <Panel title={t("possibleActions")}>
      <div className="flex flex-wrap gap-1.5">
        {actions.length === 0 && <span className="text-ink-2">{t("onlyReads")}</span>}
        {actions.map((action) => (
          <Badge key={action} icon="wrench">
            {word(t, "action", action)}
          </Badge>
        ))}
        {environments.map((environment) => (
          <Badge key={environment} icon="flag">
            {truncate(environment, 40)}
          </Badge>
        ))}
      </div>
      {environments.length > 1 && <p className="mt-2 text-warn">{t("mixedEnvironments")}</p>}
      <ul className="mt-3 flex flex-col gap-1.5 border-t border-line pt-3 text-ink-2">
        <li className="flex gap-2">
          <Icon name="approvals" className="mt-0.5 size-3.5 text-ink-3" /> {t("approvalsNeeded")}
        </li>
        {quota && (
          <li className={`num flex gap-2 ${quota.left === 0 ? "text-warn" : ""}`}>
            <Icon name="missions" className="mt-0.5 size-3.5 text-ink-3" />
            {quota.left === 0
              ? t("quotaUsed", { of: quota.perHour, in: fromNow(1000 * (quota.reopensInS ?? 0)) })
              : t("quotaLeft", { left: quota.left, of: quota.perHour })}
          </li>
        )}
        {queue && (
          <li className="num flex gap-2">
            <Icon name="clock" className="mt-0.5 size-3.5 text-ink-3" />
            {queue.waiting > 0 || queue.active >= queue.concurrency
              ? t("willWait", { active: queue.active, of: queue.concurrency, waiting: queue.waiting })
              : t("startsNow", { active: queue.active, of: queue.concurrency })}
          </li>
        )}
      </ul>
    </Panel>
  );
}
