import type { Candidate, EventArtifact, EventView, Feedback, PageObservation } from "@/api/schema";

type Payload = EventView["payload"];
export type Kind = Payload["kind"];

/** An event of one kind, with the content of that kind. */
export type EventOf<K extends Kind> = EventView & { payload: Extract<Payload, { kind: K }> };

/** The events of one kind, in their order. */
export const ofKind = <K extends Kind>(events: EventView[], kind: K) =>
  events.filter((event): event is EventOf<K> => event.payload.kind === kind);

const artifactOfKind = (event: EventView, kind: string) =>
  event.artifacts.find((artifact) => artifact.kind === kind) ?? null;

const artifactWithHash = (event: EventView, sha256: string | undefined) =>
  event.artifacts.find((artifact) => artifact.sha256 === sha256) ?? null;

/** One visit of a page, with its artifacts. */
export type ObservedPage = {
  event: EventView;
  observation: PageObservation;
  screenshot: EventArtifact | null;
  /** The data behind the screenshot. */
  data: EventArtifact | null;
  /** The recording of the visit, if the connector makes one. */
  video: EventArtifact | null;
  /** The screenshots of single panels, by the panels' ids. */
  panels: Map<string, EventArtifact>;
};

/** The content of a mission's events, by what the pages show. */
export type Story = {
  pages: ObservedPage[];
  diagnosis: EventOf<"diagnosed"> | null;
  /** The hypotheses while more pages are visited; null when a diagnosis is newer. */
  preliminary: EventOf<"hypothesized"> | null;
  /** The latest feedback on each service. */
  feedback: Feedback[];
  cause: Candidate | null;
  proposals: EventOf<"proposed">[];
  verification: EventOf<"verified"> | null;
  receipt: EventOf<"acted"> | null;
};

export function storyOf(events: EventView[]): Story {
  const diagnosis = ofKind(events, "diagnosed").at(-1) ?? null;
  const hypotheses = ofKind(events, "hypothesized").at(-1) ?? null;
  const feedback = new Map(
    ofKind(events, "steered").map(({ payload }) => [payload.stand.service, payload.stand]),
  );
  const foundCause = diagnosis?.payload.diagnosis.verdict === "found";
  return {
    pages: ofKind(events, "observed").map(observedPage),
    diagnosis,
    preliminary: hypotheses && hypotheses.seq > (diagnosis?.seq ?? 0) ? hypotheses : null,
    feedback: [...feedback.values()].filter(({ stance }) => stance !== "open"),
    cause: (foundCause && diagnosis.payload.diagnosis.rootCauseCandidates[0]) || null,
    proposals: ofKind(events, "proposed"),
    verification: ofKind(events, "verified").at(-1) ?? null,
    receipt: ofKind(events, "acted").at(-1) ?? null,
  };
}

function observedPage(event: EventOf<"observed">): ObservedPage {
  const observation = event.payload.sighting;
  const panels = observation.panels.flatMap(({ id, picture }) => {
    const artifact = artifactWithHash(event, picture?.sha256);
    return artifact ? [[id, artifact] as const] : [];
  });
  return {
    event,
    observation,
    screenshot: artifactOfKind(event, "screenshot"),
    data: artifactOfKind(event, "numbers"),
    video: artifactOfKind(event, "video"),
    panels: new Map(panels),
  };
}

/** When the later look gave the verification that counts; null before that. */
export const laterLookAt = ({ verification }: Story): string | null =>
  verification?.payload.final ? verification.at : null;

/** The screenshots with highlights of the panels that the cause rests on, by target and phase. */
export function highlightsByPage(diagnosis: Story["diagnosis"]): Map<string, EventArtifact> {
  const highlights = diagnosis?.payload.diagnosis.highlights ?? [];
  return new Map(
    highlights.flatMap(({ target, phase, picture }) => {
      const artifact = diagnosis && artifactWithHash(diagnosis, picture.sha256);
      return artifact ? [[`${target}/${phase}`, artifact] as const] : [];
    }),
  );
}

/** The person who controls the mission's browser at this moment, and until when. */
export function browserControlOf(events: EventView[], now: number) {
  const last = events.findLast(
    ({ payload }) => payload.kind === "taken-over" || payload.kind === "given-back",
  );
  if (last?.payload.kind !== "taken-over") return null;
  return Date.parse(last.payload.until) > now ? last.payload : null;
}

/** The last visit of each page in one phase, in the order of the plan. */
export function latestObservations(
  pages: ObservedPage[],
  phase: "before" | "after",
): Map<string, ObservedPage> {
  const inPhase = pages.filter(({ observation }) => observation.phase === phase);
  return new Map(inPhase.map((page) => [page.observation.target, page]));
}
