import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { dashboardsQuery } from "@/api/queries";
import { may } from "@/api/rights";
import type { DashboardResponse } from "@/api/schema";
import { useUser } from "@/api/session";
import { truncate, visible } from "@/format/text";
import { useT, word } from "@/i18n";
import { DashboardPages } from "@/pages/admin/DashboardPages";
import { DashboardTest } from "@/pages/admin/DashboardTest";
import { DashboardWarnings } from "@/pages/admin/DashboardWarnings";
import { EditDashboard } from "@/pages/admin/EditDashboard";
import { ConfirmedAction } from "@/shell/ConfirmedAction";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The dashboards that missions can visit. */
export function Dashboards() {
  const t = useT();
  const query = useQuery(dashboardsQuery);
  const mayWrite = may(useUser(), "write dashboards");
  const [adding, setAdding] = useState(false);
  const [choosing, setChoosing] = useState("");
  const chosen = query.data?.dashboards.find((dashboard) => dashboard.id === choosing);
  return (
    <Panel
      title={t("dashboards")}
      flush
      aside={
        mayWrite && (
          <Button small icon="plus" onClick={() => setAdding(true)}>
            {t("addDashboard")}
          </Button>
        )
      }
    >
      <QueryView query={query}>
        {({ dashboards }) =>
          dashboards.length === 0 ? (
            <EmptyState icon="eye" title={t("noDashboards")}>
              {t(mayWrite ? "noDashboardsYet" : "noDashboardsText")}
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {dashboards.map((dashboard) => (
                <Row
                  key={dashboard.name}
                  dashboard={dashboard}
                  others={dashboards.filter(({ name }) => name !== dashboard.name)}
                  mayWrite={mayWrite}
                  onPages={() => setChoosing(dashboard.id ?? "")}
                />
              ))}
            </ul>
          )
        }
      </QueryView>
      {adding && (
        <EditDashboard
          others={query.data?.dashboards ?? []}
          onClose={(registered) => {
            setAdding(false);
            setChoosing(registered?.id ?? "");
          }}
        />
      )}
      {chosen && <DashboardPages dashboard={chosen} onClose={() => setChoosing("")} />}
    </Panel>
  );
}

function Row({
  dashboard,
  others,
  mayWrite,
  onPages,
}: {
  dashboard: DashboardResponse;
  others: DashboardResponse[];
  mayWrite: boolean;
  onPages: () => void;
}) {
  const t = useT();
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const id = dashboard.id ?? "";
  const name = truncate(dashboard.name, 60);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-semibold">{name}</span>
        <Badge>{truncate(dashboard.type, 40)}</Badge>
        <Badge icon="flag">{truncate(dashboard.config?.environment ?? "", 40)}</Badge>
        {(dashboard.config?.actions ?? []).map((action) => (
          <Badge key={action} icon="wrench">
            {word(t, "action", action)}
          </Badge>
        ))}
        {mayWrite && (
          <span className="ml-auto flex gap-1">
            <Button small onClick={onPages}>
              {t("dashboard.choosePages")}
            </Button>
            <Button small onClick={() => setOpen("edit")}>
              {t("edit")}
            </Button>
            <Button small kind="quiet" className="text-danger" onClick={() => setOpen("delete")}>
              {t("delete")}
            </Button>
          </span>
        )}
      </div>
      <code className="untrusted font-mono text-xs text-ink-2">{visible(dashboard.baseUrl)}</code>
      {mayWrite && <DashboardTest id={id} latest={dashboard.health} />}
      <DashboardWarnings warnings={dashboard.warnings ?? []} />
      {(dashboard.config?.pages ?? []).length === 0 ? (
        <p className="mt-2 text-xs text-ink-3">{t("dashboard.noPages")}</p>
      ) : (
        <ul className="mt-2 grid gap-x-6 gap-y-0.5 text-xs text-ink-2 sm:grid-cols-2">
          {(dashboard.config?.pages ?? []).map((page) => (
            <li key={page.id} className="flex justify-between gap-3">
              <span className="truncate">{truncate(page.title, 60)}</span>
              <span className="num text-ink-3">
                {t("panels", { n: page.panels.length || (page.queries ?? []).length })}
              </span>
            </li>
          ))}
        </ul>
      )}
      {open === "edit" && (
        <EditDashboard dashboard={dashboard} others={others} onClose={() => setOpen(null)} />
      )}
      {open === "delete" && (
        <ConfirmedAction
          title={t("dashboard.deleteTitle", { name })}
          text={t("dashboard.deleteText")}
          action={t("delete")}
          run={() =>
            unwrap(api.DELETE("/api/dashboards/{dashboard_id}", { params: { path: { dashboard_id: id } } }))
          }
          changes={dashboardsQuery.queryKey}
          onClose={() => setOpen(null)}
        />
      )}
    </li>
  );
}
