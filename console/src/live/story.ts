import type {
  Candidate,
  Diagnosis,
  Feedback,
  PageObservation,
  PolicyVerdict,
  Proposal,
  Receipt,
  Step,
  StepArtifact,
  Verification,
} from "@/api/schema";

/** What a step carries, by the first part of its key: the API's types, as the event recorded them. */
type Carried = {
  planned: { targets: { id: string; title: string }[]; actions: string[]; environment: string };
  observed: PageObservation;
  diagnosed: Diagnosis;
  hypothesized: { pages: number; diagnosis: Diagnosis };
  steered: { stand: Feedback };
  proposed: { proposal: Proposal; verdict: PolicyVerdict };
  approval: { approvalId: string };
  decision: { approvalId: string };
  acted: Receipt;
  verified: Verification;
};

export type Kind = keyof Carried;

export const kindOf = (step: Step): string => step.key.split("/")[0] ?? "";

/** The content of a step of that kind, or null for another kind or an older shape. */
export function carried<K extends Kind>(step: Step, kind: K): Carried[K] | null {
  if (kindOf(step) !== kind || Object.keys(step.data).length === 0) return null;
  return step.data as unknown as Carried[K];
}

const all = <K extends Kind>(steps: Step[], kind: K) =>
  steps.flatMap((step) => {
    const content = carried(step, kind);
    return content ? [{ step, content }] : [];
  });

export type ObservedPage = {
  step: Step;
  sighting: PageObservation;
  picture: StepArtifact | null;
  numbers: StepArtifact | null;
  /** The whole visit, where its connector asks for that. */
  video: StepArtifact | null;
  /** By the ids of panels: each alone. */
  panels: Map<string, StepArtifact>;
};

/** A mission's steps as what they tell. */
export type Story = {
  seen: ObservedPage[];
  diagnosis: { step: Step; content: Diagnosis } | null;
  /** What is held for possible while more pages are looked at: newer than any diagnosis. */
  soFar: { step: Step; content: { pages: number; diagnosis: Diagnosis } } | null;
  /** What people say now: the last word about each service. */
  stands: Feedback[];
  cause: Candidate | null;
  proposals: { step: Step; content: { proposal: Proposal; verdict: PolicyVerdict } }[];
  verification: { step: Step; content: Verification } | null;
  receipt: { step: Step; content: Receipt } | null;
  planned: Carried["planned"] | null;
};

export function storyOf(steps: Step[]): Story {
  const seen = all(steps, "observed").map(({ step, content }) => ({
    step,
    sighting: content,
    picture: step.artifacts.find((one) => one.kind === "screenshot") ?? null,
    numbers: step.artifacts.find((one) => one.kind === "numbers") ?? null,
    video: step.artifacts.find((one) => one.kind === "video") ?? null,
    panels: new Map(
      content.panels.flatMap(({ id, picture }) => {
        const shown = artifactOf(step, picture?.sha256);
        return shown ? [[id, shown] as const] : [];
      }),
    ),
  }));
  const diagnosis = all(steps, "diagnosed").at(-1) ?? null;
  const guessed = all(steps, "hypothesized").at(-1) ?? null;
  const said = new Map(all(steps, "steered").map(({ content }) => [content.stand.service, content.stand]));
  return {
    seen,
    diagnosis,
    soFar: guessed && guessed.step.seq > (diagnosis?.step.seq ?? 0) ? guessed : null,
    stands: [...said.values()].filter((one) => one.stance !== "open"),
    cause: diagnosis?.content.verdict === "found" ? (diagnosis.content.rootCauseCandidates[0] ?? null) : null,
    proposals: all(steps, "proposed"),
    verification: all(steps, "verified").at(-1) ?? null,
    receipt: all(steps, "acted").at(-1) ?? null,
    planned: all(steps, "planned").at(-1)?.content ?? null,
  };
}

/** A step's artifact with these bytes. */
const artifactOf = (step: Step, sha256: string | undefined) =>
  step.artifacts.find((one) => one.sha256 === sha256) ?? null;

/** The pages' pictures with the panels marked that the cause rests on, by target and phase. */
export function highlightsByPage(diagnosis: Story["diagnosis"]): Map<string, StepArtifact> {
  const highlights = diagnosis?.content.highlights ?? [];
  return new Map(
    highlights.flatMap(({ target, phase, picture }) => {
      const shown = diagnosis && artifactOf(diagnosis.step, picture.sha256);
      return shown ? [[`${target}/${phase}`, shown] as const] : [];
    }),
  );
}

type Held = { target: string; person: string; name: string; until: string };

/** Who steers the mission's browser at this moment. */
export function browserControlOf(steps: Step[], now: number): Held | null {
  const last = steps.findLast((step) => ["taken-over", "given-back"].includes(kindOf(step)));
  if (!last || kindOf(last) !== "taken-over") return null;
  const held = last.data as unknown as Held;
  return Date.parse(held.until) > now ? held : null;
}

/** The last look at each page in one phase, in the order of the plan. */
export function latestObservations(
  seen: ObservedPage[],
  phase: "before" | "after",
): Map<string, ObservedPage> {
  return new Map(seen.filter((one) => one.sighting.phase === phase).map((one) => [one.sighting.target, one]));
}
