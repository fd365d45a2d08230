import { memo } from "react";
import type { Mission } from "@/api/schema";
import type { Formats } from "@/format/formats";
import { truncate } from "@/format/text";
import { type Translate, word } from "@/i18n";
import { eventTitle } from "@/live/renderEvent";
import { IconLabel } from "@/ui/Badge";
import { missionStatusProps, riskProps } from "@/ui/MissionBadges";

/** What all rows share. The table reads it once: forty rows with their own subscriptions scroll slowly. */
export type RowContext = {
  t: Translate;
  formats: Formats;
};

/** One grid for the header and all rows. Narrow windows hide columns, phones use two lines. */
export const COLUMNS = "mission-grid grid w-full gap-x-3";

/** A mission in the table. The table handles the clicks of all rows. */
export const MissionRow = memo(function MissionRow({
  mission,
  row,
  top,
  height,
  age,
  context: { t, formats },
}: {
  mission: Mission;
  row: number;
  top: number;
  height: number;
  /** Formatted by the table, so that the clock renders only rows whose text changes. */
  age: string;
  context: RowContext;
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
          ? t("forApproval")
          : mission.status === "PENDING"
            ? t("inQueue")
            : ""}
      </span>
      <span
        role="cell"
        data-col="age"
        className="col num whitespace-nowrap text-ink-2"
        title={formats.dateTime(mission.createdAt)}
      >
        {age}
      </span>
      <span
        role="cell"
        data-col="duration"
        className={`col num truncate ${mission.finishedAt ? "text-ink-2" : "text-ink-3"}`}
      >
        {mission.finishedAt
          ? formats.duration(Date.parse(mission.finishedAt) - Date.parse(mission.createdAt))
          : word(t, "running", "now")}
      </span>
    </div>
  );
});
