import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Mission } from "@/api/schema";
import { brief, plain } from "@/format/text";
import { age, span, useNow, useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { useStepWords } from "@/i18n/steps";
import { RiskMark, StatusMark } from "@/ui/MissionMarks";

/** One grid for the head and all rows; narrower windows leave columns out, phones make two lines. */
export const COLUMNS = "mission-grid grid w-full gap-x-3";

/** A mission as a line. The whole line leads to the mission. */
export const MissionRow = memo(function MissionRow({
  mission,
  row,
  top,
  height,
}: {
  mission: Mission;
  row: number;
  top: number;
  height: number;
}) {
  const t = useT();
  const { full } = useTimes();
  const told = useStepWords();
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      data-row={row}
      className={`${COLUMNS} absolute left-0 items-center border-b border-line/70 px-4 hover:bg-sunken has-[a:focus-visible]:bg-accent-soft`}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="cell" data-col="status" className="col truncate">
        <StatusMark mission={mission} />
      </span>
      <span role="cell" data-col="title" className="col min-w-0">
        <Link
          to="/missions/$id"
          params={{ id: mission.id }}
          className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          <bdi>{brief(mission.title, 120)}</bdi>
        </Link>
      </span>
      <span role="cell" data-col="service" className="col truncate font-mono text-xs">
        {mission.service ? brief(mission.service, 40) : <span className="text-ink-3">–</span>}
      </span>
      <span role="cell" data-col="requester" className="col truncate text-ink-2">
        <bdi>{brief(mission.requesterName, 40)}</bdi>
      </span>
      <span role="cell" data-col="step" className="col truncate text-ink-2">
        {mission.currentStep ? brief(told(plain(mission.currentStep)), 80) : "–"}
      </span>
      <span role="cell" data-col="risk" className="col truncate">
        {mission.risk ? (
          <RiskMark risk={mission.risk} />
        ) : (
          <span className="text-ink-3 max-md:hidden">–</span>
        )}
      </span>
      <span role="cell" data-col="waiting" className="col truncate text-ink-2">
        {mission.status === "AWAITING_APPROVAL"
          ? t("waitsForPerson")
          : mission.status === "PENDING"
            ? t("waitsForTurn")
            : ""}
      </span>
      <span
        role="cell"
        data-col="age"
        className="col num whitespace-nowrap text-ink-2"
        title={full(mission.createdAt)}
      >
        <Age at={mission.createdAt} />
      </span>
      <span role="cell" data-col="duration" className="col num truncate text-ink-2">
        {mission.finishedAt ? (
          span(Date.parse(mission.finishedAt) - Date.parse(mission.createdAt))
        ) : (
          <span className="text-ink-3">{word(t, "running", "now")}</span>
        )}
      </span>
    </div>
  );
});

/** The only part of a row that the clock touches. */
function Age({ at }: { at: string }) {
  return <>{age(Math.max(0, useNow() - Date.parse(at)))}</>;
}
