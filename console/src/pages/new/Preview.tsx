import { useQuery } from "@tanstack/react-query";
import { dashboardsQuery, queueQuery, quotaQuery } from "@/api/queries";
import type { Connector } from "@/api/schema";
import { truncate } from "@/format/text";
import { span } from "@/format/time";
import { useT, word } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** Before it starts: where it will look, what it may propose, and who must agree. */
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
        <Scope dashboards={query.data.dashboards.filter((one) => !chosen || one.baseUrl === chosen)} />
      )}
    </aside>
  );
}

function Dashboards({
  dashboards,
  chosen,
  onChoose,
}: {
  dashboards: Connector[];
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
          {dashboards.map((one) => (
            <option key={one.name} value={one.baseUrl}>
              {one.name}
            </option>
          ))}
        </select>
      )}
      {dashboards
        .filter((one) => !chosen || one.baseUrl === chosen)
        .map((one) => (
          <div key={one.name}>
            <p className="flex items-baseline gap-2">
              <span className="font-medium">{truncate(one.name, 60)}</span>
              <span className="text-xs text-ink-3">{truncate(one.type, 40)}</span>
            </p>
            <ul className="mt-1 flex flex-col gap-0.5 text-ink-2">
              {(one.config?.pages ?? []).map((page) => (
                <li key={page.id} className="flex items-baseline gap-2">
                  <Icon name="eye" className="size-3 translate-y-0.5 text-ink-3" />
                  <span className="min-w-0 flex-1 truncate">{truncate(page.title, 60)}</span>
                  {page.panels.length > 0 && ( // without names it is all of them
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

function Scope({ dashboards }: { dashboards: Connector[] }) {
  const t = useT();
  // As the planner: only what every chosen dashboard allows.
  const actions = (dashboards[0]?.config?.actions ?? []).filter((one) =>
    dashboards.every((other) => other.config?.actions?.includes(one)),
  );
  const environments = [...new Set(dashboards.flatMap((one) => one.config?.environment ?? []))];
  const queue = useQuery(queueQuery).data?.status;
  const quota = useQuery(quotaQuery).data;
  return (
    <Panel title={t("mayPropose")}>
      <div className="flex flex-wrap gap-1.5">
        {actions.length === 0 && <span className="text-ink-2">{t("onlyLooks")}</span>}
        {actions.map((one) => (
          <Badge key={one} icon="wrench">
            {word(t, "action", one)}
          </Badge>
        ))}
        {environments.map((one) => (
          <Badge key={one} icon="flag">
            {truncate(one, 40)}
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
              ? t("quotaGone", { of: quota.perHour, in: span(1000 * (quota.reopensInS ?? 0)) })
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
