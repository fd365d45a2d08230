import { useEffect, useRef } from "react";
import type { EventView, Status, StepType } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { stripMarkdown, truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { useEventText } from "@/live/renderEvent";
import type { Kind } from "@/live/story";
import { INK, type Tone } from "@/ui/Badge";
import { Spinner } from "@/ui/Button";
import { Icon, type IconName } from "@/ui/icons";

type Category = `${StepType}`;

/** The icon of each kind of event, its colour, and its category for screen readers. */
const APPEARANCE: Record<Kind, [IconName, Tone, Category]> = {
  created: ["person", "neutral", "SYSTEM"],
  started: ["dot", "neutral", "SYSTEM"],
  planned: ["flag", "neutral", "SYSTEM"],
  observed: ["eye", "neutral", "OBSERVATION"],
  hypothesized: ["graph", "neutral", "RCA"],
  steered: ["person", "accent", "RCA"],
  diagnosed: ["graph", "accent", "RCA"],
  "taken-over": ["person", "neutral", "SYSTEM"],
  "given-back": ["person", "neutral", "SYSTEM"],
  proposed: ["wrench", "accent", "REMEDIATION"],
  "approval-opened": ["approvals", "warn", "REMEDIATION"],
  "approval-reminded": ["approvals", "warn", "REMEDIATION"],
  "approval-closed": ["approvals", "warn", "REMEDIATION"],
  decided: ["person", "neutral", "REMEDIATION"],
  "vote-withdrawn": ["person", "neutral", "REMEDIATION"],
  acted: ["play", "accent", "ACTION"],
  verified: ["check", "ok", "OBSERVATION"],
  reported: ["document", "neutral", "SYSTEM"],
  "cancel-requested": ["person", "neutral", "SYSTEM"],
  hidden: ["person", "neutral", "SYSTEM"],
  closed: ["flag", "neutral", "SYSTEM"],
};

/** What a mission that has not ended does now. */
const ACTIVITY = { RUNNING: "working", PENDING: "inQueue", AWAITING_APPROVAL: "waitingForApproval" } as const;

function appearanceOf({ payload }: EventView): [IconName, Tone, Category] {
  const failed =
    (payload.kind === "observed" && !payload.sighting.screenshot) ||
    (payload.kind === "closed" && payload.status === "FAILED");
  if (failed) return ["alert", "danger", "ERROR"];
  return APPEARANCE[payload.kind] ?? ["dot", "neutral", "SYSTEM"]; // a kind of a newer server
}

/** Every event in its order, with its duration and detail; a click shows the mission at that event. */
export function Timeline({
  events,
  chosen,
  onChoose,
  status,
}: {
  events: EventView[];
  chosen: number | null;
  onChoose: (seq: number | null) => void;
  status: Status;
}) {
  const t = useT();
  const { time, duration } = useFormats();
  const { titleOf, detailOf } = useEventText();
  const list = useRef<HTMLOListElement>(null);
  const last = events.at(-1)?.seq;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last step moves the list to its end
  useEffect(() => {
    const box = list.current;
    if (box && chosen === null) box.scrollTop = box.scrollHeight;
  }, [last, chosen]);
  useEffect(() => {
    if (chosen !== null)
      list.current?.querySelector(`[data-seq="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <section aria-label={t("steps")} className="card flex min-h-0 flex-col max-lg:max-h-96">
      <header className="flex h-9 shrink-0 items-center justify-between border-b border-line px-3">
        <h2 className="font-semibold">{t("steps")}</h2>
        <span className="num text-xs text-ink-3">{events.length}</span>
      </header>
      <ol ref={list} className="min-h-0 flex-1 overflow-auto py-1" data-steps={last}>
        {events.map((event) => {
          const [icon, tone, category] = appearanceOf(event);
          const detail = detailOf(event);
          const durationMs = event.payload.kind === "observed" ? event.payload.sighting.durationMs : 0;
          return (
            <li key={event.seq} data-seq={event.seq} className="relative">
              <button
                type="button"
                aria-current={chosen === event.seq ? "step" : undefined}
                onClick={() => onChoose(event.seq === last ? null : event.seq)}
                className="flex w-full gap-2.5 px-3 py-1.5 text-left hover:bg-sunken aria-[current=step]:bg-accent-soft focus-visible:-outline-offset-2"
              >
                <Icon name={icon} className={`mt-0.5 size-3.5 ${INK[tone]}`} />
                <span className="min-w-0 flex-1">
                  <span className="block font-medium [overflow-wrap:anywhere]">
                    <span className="sr-only">{word(t, "step", category)}: </span>
                    {truncate(titleOf(event), 120)}
                  </span>
                  {detail && (
                    <span className="line-clamp-2 text-xs text-ink-2 [overflow-wrap:anywhere]">
                      {truncate(stripMarkdown(detail), 180)}
                    </span>
                  )}
                </span>
                <span className="num shrink-0 text-right text-2xs text-ink-3">
                  {time(event.at)}
                  {durationMs > 0 && <span className="block">{duration(durationMs)}</span>}
                </span>
              </button>
            </li>
          );
        })}
        {status in ACTIVITY && (
          <li className="flex items-center gap-2.5 px-3 py-2 text-xs text-ink-3">
            {status === "AWAITING_APPROVAL" ? (
              <Icon name="clock" className="size-3.5 text-warn" />
            ) : (
              <Spinner className="size-3.5" />
            )}
            {t(ACTIVITY[status as keyof typeof ACTIVITY])}
          </li>
        )}
      </ol>
    </section>
  );
}
