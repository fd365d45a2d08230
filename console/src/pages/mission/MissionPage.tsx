import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { jobQuery } from "@/api/queries";
import type { Mission, MissionRights } from "@/api/schema";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { missionQuery, useMission } from "@/live/mission";
import { useWaitingForMe } from "@/shell/Navigation";
import { showToast } from "@/shell/toastStore";
import { Button, buttonClass } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Icon } from "@/ui/icons";
import { MissionStatusBadge, RiskBadge } from "@/ui/MissionBadges";
import { QueryView } from "@/ui/QueryView";
import { Skeleton } from "@/ui/Skeleton";

const route = getRouteApi("/missions/$id");
const TAB =
  "-mb-px flex min-h-9 items-center border-b-2 border-transparent px-1 font-medium whitespace-nowrap text-ink-2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";

/** One mission: its header with Stop, and its views. */
export function MissionPage() {
  const { id } = route.useParams();
  const query = useMission(id);
  return (
    <QueryView query={query} skeleton={<Skeleton rows={10} />}>
      {(detail) => (
        <>
          <MissionHeader mission={detail.mission} you={detail.you} />
          <Outlet />
        </>
      )}
    </QueryView>
  );
}

function MissionHeader({ mission, you }: { mission: Mission; you: MissionRights }) {
  const t = useT();
  const waitsForMe = useWaitingForMe().some((approval) => approval.id === mission.approvalId);
  const pending = mission.status === "PENDING";
  const job = useQuery({ ...jobQuery(mission), enabled: pending, refetchInterval: 10_000 }).data;
  const { dateTime } = useFormats();
  return (
    <header className="border-b border-line bg-surface px-4 pt-3 print:border-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-52">
          <h1 className="text-lg font-semibold [overflow-wrap:anywhere]">
            <bdi>{truncate(mission.title, 160)}</bdi>
          </h1>
          <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-2">
            <MissionStatusBadge mission={mission} />
            {mission.risk && <RiskBadge risk={mission.risk} badge />}
            {mission.service && <code className="font-mono">{truncate(mission.service, 60)}</code>}
            <span>{t("byPerson", { name: truncate(mission.requesterName, 60) })}</span>
            <time dateTime={mission.createdAt} title={dateTime(mission.createdAt)} className="num">
              <Elapsed mission={mission} />
            </time>
            {pending && job?.waitingFor && <span className="text-warn">{job.waitingFor}</span>}
          </div>
        </div>
        <div className="flex items-center gap-2 print:hidden">
          {mission.status === "AWAITING_APPROVAL" && mission.approvalId && (
            <Link
              to="/approvals/$approvalId"
              params={{ approvalId: mission.approvalId }}
              className={buttonClass(waitsForMe ? "primary" : "plain")}
            >
              <Icon name="approvals" className="size-3.5" />
              {t("review")}
            </Link>
          )}
          {you.mayCancel && <StopButton mission={mission} />}
        </div>
      </div>
      <nav aria-label={t("missionViews")} className="mt-2 flex gap-5 overflow-x-auto print:hidden">
        <Link
          to="/missions/$id"
          params={{ id: mission.id }}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
          className={TAB}
        >
          {t("tab.live")}
        </Link>
        <Link
          to="/missions/$id/cause"
          params={{ id: mission.id }}
          activeProps={{ "aria-current": "page" }}
          className={TAB}
        >
          {t("tab.cause")}
        </Link>
        <Link
          to="/missions/$id/change"
          params={{ id: mission.id }}
          activeProps={{ "aria-current": "page" }}
          className={TAB}
        >
          {t("tab.change")}
        </Link>
        <Link
          to="/missions/$id/report"
          params={{ id: mission.id }}
          activeProps={{ "aria-current": "page" }}
          className={TAB}
        >
          {t("tab.report")}
        </Link>
      </nav>
    </header>
  );
}

function Elapsed({ mission }: { mission: Mission }) {
  const t = useT();
  const { duration } = useFormats();
  const now = useNow();
  const end = mission.finishedAt ? Date.parse(mission.finishedAt) : now;
  const time = duration(Math.max(0, end - Date.parse(mission.createdAt)));
  return <>{t(mission.finishedAt ? "tookTime" : "forTime", { time })}</>;
}

/** Visible while the mission runs, for the people who may stop it. */
function StopButton({ mission }: { mission: Mission }) {
  const t = useT();
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const stopping = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/missions/{mission_id}/cancel", { params: { path: { mission_id: mission.id } } })),
    onSuccess: () => {
      showToast({ tone: "accent", title: t("stopping") });
      void client.invalidateQueries({ queryKey: missionQuery(mission.id).queryKey });
    },
    onError: (error) => showToast({ tone: "danger", title: t("stopFailed"), text: error.message }),
    onSettled: () => setConfirming(false),
  });
  return (
    <>
      <Button kind="danger" icon="stop" onClick={() => setConfirming(true)}>
        {t("stop")}
      </Button>
      {confirming && (
        <ConfirmDialog
          title={t("stopTitle")}
          text={t("stopText")}
          action={t("stopMission")}
          cancelText={t("keepRunning")}
          icon="stop"
          busy={stopping.isPending}
          onConfirm={() => stopping.mutate()}
          onClose={() => setConfirming(false)}
        />
      )}
    </>
  );
}
