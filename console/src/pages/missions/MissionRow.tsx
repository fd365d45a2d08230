import { memo } from "react";
import type { Mission } from "@/api/schema";
import { truncate } from "@/format/text";
import { span } from "@/format/time";
import { type Translate, word } from "@/i18n";
import { eventTitle } from "@/i18n/events";
import { IconLabel } from "@/ui/Badge";
import { missionStatusProps, riskProps } from "@/ui/MissionBadges";

/** What every row needs, asked for once by the table: forty rows that each listen are slow to scroll. */
export type RowWords = {
  t: Translate;
  full: (at: string) => string;
};

/** One grid for the head and all rows; narrower windows leave columns out, phones make two lines. */
export const COLUMNS = "mission-grid grid w-full gap-x-3";

/** A mission as a line. The whole line leads to the mission; the table hears the click. */
export const MissionRow = memo(function MissionRow({
  mission,
  row,
  top,
  height,
  old,
  words: { t, full },
}: {
  mission: Mission;
  row: number;
  top: number;
  height: number;
  /** How long ago it was created, in words, so that the clock touches only rows whose word changes. */
  old: string;
  words: RowWords;
}) {
  const status = missionStatusProps(t, mission);
  const risk = mission.risk && riskProps(t, mission.risk);
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      data-row={row}
      className={`${COLUMNS} absolute left-0 contain-strict items-center border-b border-line/70 px-4 hover:bg-sunken focus-within:bg-accent-soft`}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="cell" data-col="status" className="col truncate">
        <IconLabel {...status} />
      </span>
      <span role="cell" data-col="title" className="col min-w-0">
        <a
          href={`/missions/${mission.id}`}
          className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          <bdi>{truncate(mission.title, 120)}</bdi>
        </a>
      </span>
      <span
        role="cell"
        data-col="service"
        className={`col truncate font-mono text-xs ${mission.service ? "" : "text-ink-3"}`}
      >
        {mission.service ? truncate(mission.service, 40) : "–"}
      </span>
      <span role="cell" data-col="requester" className="col truncate text-ink-2">
        <bdi>{truncate(mission.requesterName, 40)}</bdi>
      </span>
      <span role="cell" data-col="step" className="col truncate text-ink-2">
        {mission.lastEvent ? truncate(eventTitle(t, mission.lastEvent), 80) : "–"}
      </span>
      <span role="cell" data-col="risk" className="col truncate text-ink-3">
        {risk ? <IconLabel {...risk} /> : <span className="max-md:hidden">–</span>}
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
        {old}
      </span>
      <span
        role="cell"
        data-col="duration"
        className={`col num truncate ${mission.finishedAt ? "text-ink-2" : "text-ink-3"}`}
      >
        {mission.finishedAt
          ? span(Date.parse(mission.finishedAt) - Date.parse(mission.createdAt))
          : word(t, "running", "now")}
      </span>
    </div>
  );
});
