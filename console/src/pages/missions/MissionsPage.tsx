import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { may } from "@/api/rights";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { FilterBar } from "@/pages/missions/FilterBar";
import { MissionTable } from "@/pages/missions/MissionTable";
import { StatsLine } from "@/pages/missions/StatsLine";
import { filterOf, type MissionSearch } from "@/pages/missions/search";
import { useMissionListUpdates } from "@/pages/missions/useMissionListUpdates";
import { useMissions } from "@/pages/missions/useMissions";
import { useWaitingForMe } from "@/shell/Navigation";
import { buttonClass } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { QueryView } from "@/ui/QueryView";
import { Skeleton } from "@/ui/Skeleton";

const route = getRouteApi("/missions");

/** The list of missions, with its filters in the address. */
export function MissionsPage() {
  const t = useT();
  const user = useUser();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { query, missions: all, total } = useMissions(filterOf(search, user.id));
  const waiting = useWaitingForMe();
  const missions = useMemo(() => {
    if (search.view === "failed") {
      const today = new Date().setHours(0, 0, 0, 0);
      return all.filter((mission) => Date.parse(mission.createdAt) >= today);
    }
    if (search.view === "waiting") {
      const missionIds = new Set(waiting.map((mission) => mission.missionId));
      return may(user, "decide approval") ? all.filter((mission) => missionIds.has(mission.id)) : all;
    }
    return all;
  }, [all, search.view, waiting, user]);
  useMissionListUpdates(missions);
  const change = (next: MissionSearch) => void navigate({ search: next, replace: true });
  const filtered = Object.keys(search).length > 0;
  return (
    <div className="flex h-[calc(100dvh-3rem)] flex-col">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 px-4 pt-4 pb-2">
        <h1 className="text-xl font-semibold">{t("missions")}</h1>
        <StatsLine />
      </div>
      <FilterBar search={search} onChange={change} total={total} />
      <QueryView query={query} skeleton={<Skeleton rows={12} />}>
        {() =>
          missions.length > 0 ? (
            <MissionTable
              missions={missions}
              loadMore={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
              loading={query.isFetchingNextPage}
            />
          ) : filtered ? (
            <EmptyState
              icon="search"
              title={t("noResults")}
              action={
                <Link to="/missions" search={{}} className={buttonClass()}>
                  {t("clearFilters")}
                </Link>
              }
            >
              {t("noMissionMatches")}
            </EmptyState>
          ) : (
            <EmptyState
              icon="missions"
              title={t("noMissions")}
              action={
                may(user, "start mission") && (
                  <Link to="/new" className={buttonClass("primary")}>
                    {t("newMission")}
                  </Link>
                )
              }
            >
              {t(may(user, "start mission") ? "noMissionsText" : "noMissionsViewer")}
            </EmptyState>
          )
        }
      </QueryView>
    </div>
  );
}
