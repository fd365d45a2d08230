import type { Candidate, EventArtifact, EventView, Feedback, PageObservation } from "@/api/schema";

type Payload = EventView["payload"];
export type Kind = Payload["kind"];

/** An event of one kind, with the content of that kind. */
export type EventOf<K extends Kind> = EventView & { payload: Extract<Payload, { kind: K }> };

/** The events of one kind, in their order. */
export const ofKind = <K extends Kind>(events: EventView[], kind: K) =>
  events.filter((event): event is EventOf<K> => event.payload.kind === kind);

export type ObservedPage = {
  event: EventView;
  sighting: PageObservation;
  picture: EventArtifact | null;
  numbers: EventArtifact | null;
  /** The whole visit, where its connector asks for that. */
  video: EventArtifact | null;
  /** The picture of each panel, by the panel's id. */
  panels: Map<string, EventArtifact>;
};

/** What a mission's events say so far. */
export type Story = {
  seen: ObservedPage[];
  diagnosis: EventOf<"diagnosed"> | null;
  /** The hypotheses while more pages are visited; null when a diagnosis is newer. */
  soFar: EventOf<"hypothesized"> | null;
  /** The latest feedback about each service. */
  stands: Feedback[];
  cause: Candidate | null;
  proposals: EventOf<"proposed">[];
  verification: EventOf<"verified"> | null;
  receipt: EventOf<"acted"> | null;
};

export function storyOf(events: EventView[]): Story {
  const diagnosis = ofKind(events, "diagnosed").at(-1) ?? null;
  const soFar = ofKind(events, "hypothesized").at(-1) ?? null;
  const feedback = ofKind(events, "steered").map((event) => event.payload.stand);
  const latest = new Map(feedback.map((stand) => [stand.service, stand]));
  const found = diagnosis?.payload.diagnosis.verdict === "found";
  return {
    seen: ofKind(events, "observed").map(observedPage),
    diagnosis,
    soFar: soFar && soFar.seq > (diagnosis?.seq ?? 0) ? soFar : null,
    stands: [...latest.values()].filter((stand) => stand.stance !== "open"),
    cause: (found && diagnosis.payload.diagnosis.rootCauseCandidates[0]) || null,
    proposals: ofKind(events, "proposed"),
    verification: ofKind(events, "verified").at(-1) ?? null,
    receipt: ofKind(events, "acted").at(-1) ?? null,
  };
}

function observedPage(event: EventOf<"observed">): ObservedPage {
  const { sighting } = event.payload;
  const byKind = (kind: string) => event.artifacts.find((artifact) => artifact.kind === kind) ?? null;
  const panels = sighting.panels.flatMap(({ id, picture }) => {
    const artifact = artifactOf(event, picture?.sha256);
    return artifact ? [[id, artifact] as const] : [];
  });
  return {
    event,
    sighting,
    picture: byKind("screenshot"),
    numbers: byKind("numbers"),
    video: byKind("video"),
    panels: new Map(panels),
  };
}

/** An event's artifact with these bytes. */
const artifactOf = (event: EventView, sha256: string | undefined) =>
  event.artifacts.find((artifact) => artifact.sha256 === sha256) ?? null;

/** The pages' pictures with the panels marked that the cause rests on, by target and phase. */
export function highlightsByPage(diagnosis: Story["diagnosis"]): Map<string, EventArtifact> {
  const highlights = diagnosis?.payload.diagnosis.highlights ?? [];
  return new Map(
    highlights.flatMap(({ target, phase, picture }) => {
      const artifact = diagnosis && artifactOf(diagnosis, picture.sha256);
      return artifact ? [[`${target}/${phase}`, artifact] as const] : [];
    }),
  );
}

/** Who controls the mission's browser at this moment. */
export function browserControlOf(events: EventView[], now: number) {
  const last = events.findLast(
    ({ payload }) => payload.kind === "taken-over" || payload.kind === "given-back",
  );
  if (last?.payload.kind !== "taken-over") return null;
  return Date.parse(last.payload.until) > now ? last.payload : null;
}

/** The last look at each page in one phase, in the order of the plan. */
export function latestObservations(
  seen: ObservedPage[],
  phase: "before" | "after",
): Map<string, ObservedPage> {
  const pages = seen.filter((page) => page.sighting.phase === phase);
  return new Map(pages.map((page) => [page.sighting.target, page]));
}
