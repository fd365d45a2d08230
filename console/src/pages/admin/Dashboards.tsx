import { useQuery } from "@tanstack/react-query";
import { dashboardsQuery } from "@/api/queries";
import { may } from "@/api/rights";
import { useUser } from "@/api/session";
import { truncate, visible } from "@/format/text";
import { useT, word } from "@/i18n";
import { DashboardTest } from "@/pages/admin/DashboardTest";
import { DashboardWarnings } from "@/pages/admin/DashboardWarnings";
import { Badge } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The dashboards that missions can visit. */
export function Dashboards() {
  const t = useT();
  const user = useUser();
  const query = useQuery(dashboardsQuery);
  return (
    <Panel title={t("dashboards")} flush>
      <QueryView query={query}>
        {({ dashboards }) =>
          dashboards.length === 0 ? (
            <EmptyState icon="eye" title={t("noDashboards")}>
              {t("noDashboardsText")}
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {dashboards.map((dashboard) => (
                <li key={dashboard.name} className="px-4 py-3">
                  <div className="flex flex-wrap items-center gap-2">
                    <span className="font-semibold">{truncate(dashboard.name, 60)}</span>
                    <Badge>{truncate(dashboard.type, 40)}</Badge>
                    <Badge icon="flag">{truncate(dashboard.config?.environment ?? "", 40)}</Badge>
                    {(dashboard.config?.actions ?? []).map((action) => (
                      <Badge key={action} icon="wrench">
                        {word(t, "action", action)}
                      </Badge>
                    ))}
                  </div>
                  <code className="untrusted font-mono text-xs text-ink-2">{visible(dashboard.baseUrl)}</code>
                  {dashboard.id && may(user, "write dashboards") && (
                    <DashboardTest id={dashboard.id} latest={dashboard.health} />
                  )}
                  <DashboardWarnings warnings={dashboard.warnings ?? []} />
                  <ul className="mt-2 grid gap-x-6 gap-y-0.5 text-xs text-ink-2 sm:grid-cols-2">
                    {(dashboard.config?.pages ?? []).map((page) => (
                      <li key={page.id} className="flex justify-between gap-3">
                        <span className="truncate">{truncate(page.title, 60)}</span>
                        <span className="num text-ink-3">{t("panels", { n: page.panels.length })}</span>
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
