import { useMemo } from "react";
import type { EventTitle, EventView } from "@/api/schema";
import { type Formats, useFormats } from "@/format/formats";
import { type Translate, useT, word } from "@/i18n";
import { en, type Key } from "@/i18n/en";

/** The values of a title that are words of the API, with the group of texts that translates each. */
const GROUPS: Record<string, string> = {
  outcome: "outcome",
  phase: "phase",
  recovery: "outcome",
  verdict: "finding",
};

/** An event's title in the user's language; the kind itself for an event of a newer server. */
export function eventTitle(t: Translate, { kind, variant, values }: EventTitle): string {
  const key = variant ? `event.${kind}.${variant}` : `event.${kind}`;
  if (!(key in en)) return kind;
  const words = Object.entries(values).map(([name, value]) => {
    const group = GROUPS[name];
    if (name === "action") return [name, actionText(t, String(value))];
    return [name, group ? word(t, group, String(value)) : value];
  });
  return t(key as Key, Object.fromEntries(words));
}

/** An action as the API writes it, "rollback payments (revision=1)", with its first word in the user's language. */
function actionText(t: Translate, action: string): string {
  const [kind = "", ...rest] = action.split(" ");
  return [word(t, "action", kind), ...rest].join(" ");
}

/** The line below the title; empty if the title is complete. */
export function eventDetail(t: Translate, payload: EventView["payload"], { percent, time }: Formats) {
  switch (payload.kind) {
    case "created":
      return payload.brief.prompt;
    case "planned":
      return payload.plan.targets.map((target) => target.title).join(", ");
    case "observed": {
      const { panels, reason } = payload.sighting;
      const counts = t("eventDetail.observed", {
        ready: panels.filter((panel) => panel.state === "ready").length,
        panels: panels.length,
        samples: panels.reduce((sum, panel) => sum + panel.samples, 0),
      });
      return reason ? `${counts}: ${reason}` : counts;
    }
    case "hypothesized": {
      const likely = payload.diagnosis.rootCauseCandidates.slice(0, 3);
      const named = likely.map(({ service, confidence }) => `${service} (${percent(confidence)})`);
      return named.join(", ") || word(t, "finding", payload.diagnosis.verdict);
    }
    case "steered":
      return payload.stand.reason;
    case "diagnosed":
      return payload.diagnosis.summary;
    case "proposed": {
      const { effect, risk, rule } = payload.verdict;
      const policy = { effect: word(t, "effect", effect), risk: word(t, "risk", risk), rule };
      return `${payload.proposal.reason} ${t("eventDetail.proposed", policy)}`;
    }
    case "approval-opened":
      return actionText(t, payload.action);
    case "decided":
      return payload.notes;
    case "approval-reminded":
      return t("eventDetail.approval-reminded", { time: time(payload.decideBy) });
    case "vote-withdrawn":
    case "approval-closed":
    case "closed":
      return payload.reason;
    case "acted":
      return payload.receipt.detail;
    case "verified":
      return payload.verification.reason;
    case "taken-over":
    case "given-back":
      return payload.target;
    case "started":
    case "reported":
    case "cancel-requested":
    case "hidden":
      return "";
    default: // of a newer server
      payload satisfies never;
      return "";
  }
}

/** The texts of events in the user's language. */
export function useEventText() {
  const t = useT();
  const formats = useFormats();
  return useMemo(
    () => ({
      titleOf: (event: EventView) => eventTitle(t, event.title),
      detailOf: (event: EventView) => eventDetail(t, event.payload, formats),
    }),
    [t, formats],
  );
}
