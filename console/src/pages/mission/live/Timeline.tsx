import { useEffect, useRef } from "react";
import type { Status, Step } from "@/api/schema";
import { stripMarkdown, truncate } from "@/format/text";
import { span, useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { useStepWords } from "@/i18n/steps";
import { kindOf } from "@/live/story";
import { INK, type Tone } from "@/ui/Badge";
import { Spinner } from "@/ui/Button";
import { Icon, type IconName } from "@/ui/icons";

const APPEARANCE: Record<string, [IconName, Tone]> = {
  created: ["person", "neutral"],
  planned: ["flag", "neutral"],
  observed: ["eye", "neutral"],
  diagnosed: ["graph", "accent"],
  hypothesized: ["graph", "neutral"],
  steered: ["person", "accent"],
  proposed: ["wrench", "accent"],
  approval: ["approvals", "warn"],
  decision: ["person", "neutral"],
  acted: ["play", "accent"],
  verified: ["check", "ok"],
  reported: ["document", "neutral"],
  closed: ["flag", "neutral"],
};

/** What a mission that has not ended does now: working, or waiting for whom. */
const GOING = { RUNNING: "goesOn", PENDING: "waitsForTurn", AWAITING_APPROVAL: "waitsForPeople" } as const;

function lookOf(step: Step): [IconName, Tone] {
  if (step.type === "ERROR") return ["alert", "danger"];
  return APPEARANCE[kindOf(step)] ?? ["dot", "neutral"];
}

/** Every step in its order, with how long it took and why; a step leads to its moment. */
export function Timeline({
  steps,
  chosen,
  onChoose,
  status,
}: {
  steps: Step[];
  chosen: number | null;
  onChoose: (seq: number | null) => void;
  status: Status;
}) {
  const t = useT();
  const { clock } = useTimes();
  const told = useStepWords();
  const list = useRef<HTMLOListElement>(null);
  const last = steps.at(-1)?.seq;
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
        <span className="num text-xs text-ink-3">{steps.length}</span>
      </header>
      <ol ref={list} className="min-h-0 flex-1 overflow-auto py-1" data-steps={last}>
        {steps.map((step) => {
          const [icon, tone] = lookOf(step);
          return (
            <li key={step.seq} data-seq={step.seq} className="relative">
              <button
                type="button"
                aria-current={chosen === step.seq ? "step" : undefined}
                onClick={() => onChoose(step.seq === last ? null : step.seq)}
                className="flex w-full gap-2.5 px-3 py-1.5 text-left hover:bg-sunken aria-[current=step]:bg-accent-soft focus-visible:-outline-offset-2"
              >
                <Icon name={icon} className={`mt-0.5 size-3.5 ${INK[tone]}`} />
                <span className="min-w-0 flex-1">
                  <span className="block font-medium [overflow-wrap:anywhere]">
                    <span className="sr-only">{word(t, "step", step.type)}: </span>
                    {truncate(told(step.title), 120)}
                  </span>
                  {step.detail && (
                    <span className="line-clamp-2 text-xs text-ink-2 [overflow-wrap:anywhere]">
                      {truncate(
                        stripMarkdown(kindOf(step) === "observed" ? told(step.detail) : step.detail),
                        180,
                      )}
                    </span>
                  )}
                </span>
                <span className="num shrink-0 text-right text-2xs text-ink-3">
                  {clock(step.at)}
                  {step.durationMs != null && step.durationMs > 0 && (
                    <span className="block">{span(step.durationMs)}</span>
                  )}
                </span>
              </button>
            </li>
          );
        })}
        {status in GOING && (
          <li className="flex items-center gap-2.5 px-3 py-2 text-xs text-ink-3">
            {status === "AWAITING_APPROVAL" ? (
              <Icon name="clock" className="size-3.5 text-warn" />
            ) : (
              <Spinner className="size-3.5" />
            )}
            {t(GOING[status as keyof typeof GOING])}
          </li>
        )}
      </ol>
    </section>
  );
}
