import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import axe from "axe-core";
import { HttpResponse, http } from "msw";
import { expect } from "vitest";
import type {
  ApprovalResponse,
  ApprovalRights,
  EventArtifact,
  EventView,
  Mission,
  MissionRights,
  Permission,
  Role,
  User,
} from "@/api/schema";
import { setSession } from "@/api/session";
import { makeRouter } from "@/router";
import { server } from "./setup";

export const ME = "00000000-0000-7000-8000-000000000001";
export const OTHER = "00000000-0000-7000-8000-000000000002";
export const MISSION = "00000000-0000-7000-8000-00000000000a";
export const APPROVAL = "00000000-0000-7000-8000-00000000000b";
const AT = "2026-03-01T12:00:00Z";

const DECIDES: Permission[] = ["read approvals", "decide approval", "read the policy"];
const STARTS: Permission[] = ["start mission", "steer mission"];
const AUDITS: Permission[] = [
  "read all missions",
  "read approvals",
  "read the audit trail",
  "read the policy",
];
const PERMISSIONS: Record<Role, Permission[]> = {
  VIEWER: ["read dashboards"],
  OPERATOR: ["read dashboards", ...STARTS],
  APPROVER: ["read dashboards", ...DECIDES],
  AUDITOR: ["read dashboards", ...AUDITS],
  ADMIN: [
    "read dashboards",
    ...STARTS,
    ...DECIDES,
    ...AUDITS,
    "administer users",
    "administer organizations",
    "write templates",
    "write dashboards",
  ],
};

export const user = (...roles: Role[]): User => ({
  id: ME,
  email: "me@shop.example",
  name: "Me",
  org: "demo",
  roles,
  services: null,
  groups: [],
  permissions: [...new Set(roles.flatMap((role) => PERMISSIONS[role]))],
});

/** What the API says that the user may do with this approval. */
export const rights = (change: Partial<ApprovalRights> = {}): ApprovalRights => ({
  mayApprove: true,
  mayWithdraw: false,
  whyNot: null,
  needsNotes: true,
  needsTarget: false,
  needsFreshLogin: false,
  ...change,
});

/** What the API says that a user with read access may do with this mission. */
export const missionRights = (change: Partial<MissionRights> = {}): MissionRights => ({
  mayCancel: false,
  mayDelete: false,
  mayGiveFeedback: false,
  mayControlBrowser: false,
  ...change,
});

export const mission = (change: Partial<Mission> = {}): Mission => ({
  id: MISSION,
  title: "Checkout is slow",
  prompt: "Checkout is slow since noon.",
  status: "RUNNING",
  priority: "NORMAL",
  requester: OTHER,
  requesterName: "Olivia",
  lastSeq: 1,
  currentStep: null,
  createdAt: AT,
  updatedAt: AT,
  ...change,
});

type Payload = EventView["payload"];
type Content<K extends Payload["kind"]> = Partial<Omit<Extract<Payload, { kind: K }>, "kind">>;

/** An event of this kind; the content may be partial. */
export const event = <K extends Payload["kind"]>(
  seq: number,
  kind: K,
  content: Content<K>,
  change: Partial<EventView> = {},
): EventView => ({
  missionId: MISSION,
  seq,
  key: `${kind}/${seq}`,
  actor: "agent",
  at: AT,
  title: { kind, variant: "", values: {} },
  artifacts: [],
  payload: { kind, ...content } as unknown as Payload,
  ...change,
});

/** An event without content. */
export const started = (seq: number, artifacts: EventArtifact[] = []) =>
  event(seq, "started", {}, { artifacts });

/** Responds with the mission, its events and what the user may do with it. */
export const showMission = (
  change: Partial<Mission>,
  events: EventView[],
  you: Partial<MissionRights> = {},
) => {
  const lastSeq = events.at(-1)?.seq ?? 0;
  answers(`/missions/${MISSION}/events`, {
    mission: mission({ lastSeq, ...change }),
    events,
    lastSeq,
    you: missionRights(you),
  });
};

export const approval = (change: Partial<ApprovalResponse> = {}): ApprovalResponse =>
  ({
    id: APPROVAL,
    missionId: MISSION,
    status: "PENDING",
    proposal: {
      action: {
        kind: "rollback",
        service: "payments",
        environment: "production",
        actuator: "shop",
        entry: "",
        params: { revision: 7 },
      },
      reason: "The errors began with revision 8.",
      confidence: 0.9,
      preState: { service: "payments", generation: 3, replicas: 2, revision: 8, version: "1.8.0", facts: {} },
      diff: [{ field: "revision", now: 8, proposed: 7 }],
      blastRadius: "payments and checkout",
      rollback: "deploy revision 8 again",
      verification: "the same panels again",
      evidence: ["series-1"],
      alternatives: [],
      dryRun: "",
      severity: "LOW",
      changed: [],
    },
    verdict: {
      effect: "review",
      risk: "MEDIUM",
      rule: "rule-1",
      reason: "It changes production.",
      policyVersion: "1",
    },
    risk: "MEDIUM",
    quorum: 1,
    requester: OTHER,
    requesterName: "Olivia",
    actionHash: "a".repeat(64),
    decideBy: new Date(Date.now() + 600_000).toISOString(),
    actBy: new Date(Date.now() + 900_000).toISOString(),
    createdAt: AT,
    votes: [],
    participants: [{ person: OTHER, name: "Olivia", role: "requester" }],
    laterParticipants: [],
    outOfVotes: [],
    agreed: 0,
    you: rights(),
    ...change,
  }) as ApprovalResponse;

type Json = Parameters<typeof HttpResponse.json>[0];

/** The API's response to a GET; a number is a problem with this status. */
export function answers(path: string, content: Json | number, headers: Record<string, string> = {}) {
  const url = new URL(`/api${path}`, location.origin).href;
  server.use(
    http.get(url, () =>
      typeof content === "number"
        ? HttpResponse.json(
            {
              type: "about:blank",
              title: "It failed.",
              status: content,
              detail: "Its sentence.",
              error: "x",
              correlationId: "c0ffee",
            },
            { status: content, headers },
          )
        : HttpResponse.json(content),
    ),
  );
}

/** The responses that every page needs. */
export function usual() {
  answers("/approvals", { approvals: [] });
  answers("/missions/stats", {
    stats: {
      total: 0,
      completed: 0,
      failed: 0,
      running: 0,
      pending: 0,
      avgExecutionTimeMs: 0,
      successRate: 0,
    },
  });
  answers("/queue/status", {
    status: { waiting: 0, active: 0, completed: 0, failed: 0, delayed: 0, workers: 1, concurrency: 3 },
  });
  answers("/missions/quota", { perHour: 10, left: 7, reopensInS: null });
  answers("/queue/job/:id", 503);
  answers("/dashboards", { dashboards: [] });
  answers("/templates", { templates: [] });
  answers("/auth/organizations", { organizations: [] });
  answers("/invitations", { invitations: [] });
}

/** Renders the console at an address for a signed-in user with these roles. */
export function open(path: string, ...roles: Role[]) {
  setSession({ state: "in", token: "t", user: user(...roles) });
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
}

/** Checks the WCAG 2.2 AA rules that need no layout. */
export async function accessible(place: Element) {
  const { violations } = await axe.run(place, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html.slice(0, 160)}`)).toEqual(
    [],
  );
}
