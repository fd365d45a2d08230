import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { PolicyInForce, PolicyTestResult } from "@/api/schema";
import { accessible, answers, open, usual } from "./page";
import { server } from "./setup";

const AT = "2026-12-25T12:00:00Z";
const PAGE = "/admin?part=policy";
const url = (path: string) => new URL(`/api${path}`, location.origin).href;

const inForce = (change: Partial<PolicyInForce> = {}): PolicyInForce => ({
  file: "/etc/ops/policy.json",
  external: false,
  gateway: null,
  version: `sha256:${"ab".repeat(32)}`,
  policy: {
    killSwitch: false,
    defaultEffect: "review",
    severities: { restart: "low", rollback: "high" },
    windows: {
      christmas: { start: "2026-12-20T00:00:00Z", end: "2027-01-03T00:00:00Z" },
      office: { days: ["mon", "fri"], from: "09:00:00", to: "17:00:00", timeZone: "Europe/Berlin" },
    },
    rules: [
      {
        id: "freeze",
        match: { during: "christmas" },
        effect: "deny",
        reason: "Nothing changes.",
        group: null,
      },
      { id: "oncall", match: { action: "rollback" }, effect: "review", reason: "", group: "dba" },
    ],
  },
  problem: "",
  complaints: [{ fault: "unused-window", about: "office", reason: "no rule names it" }],
  openWindows: ["christmas"],
  at: AT,
  ...change,
});

const foretold: PolicyTestResult = {
  effect: "review",
  risk: "HIGH",
  rule: "oncall",
  reason: "Rule oncall matched.",
  group: "dba",
  quorum: 2,
  policyVersion: "sha256:ab",
  at: AT,
};

beforeEach(() => {
  usual();
  answers("/policy", inForce() as never);
});

describe("the current policy", () => {
  it("shows its rules in order, its time windows and its problems", async () => {
    const { container } = open(PAGE, "APPROVER");
    expect(await screen.findByText("/etc/ops/policy.json")).toBeDefined();
    const rules = screen
      .getAllByRole("listitem")
      .filter((rule) => within(rule).queryByText(/^(freeze|oncall|default)$/));
    expect(rules.map((rule) => within(rule).getByText(/^(Deny|Needs approval)$/).textContent)).toEqual([
      "Deny",
      "Needs approval",
      "Needs approval",
    ]);
    expect(screen.getByText("The group dba is asked first")).toBeDefined();
    expect(screen.getByText("(open now)")).toBeDefined();
    expect(screen.getByText("Unused window")).toBeDefined();
    expect(screen.getByText(/Edit this file; changes apply immediately/)).toBeDefined();
    await accessible(container);
  });
  it("shows an unreadable file and the kill switch", async () => {
    answers(
      "/policy",
      inForce({ policy: null, version: null, problem: "rules: no list", complaints: [] }) as never,
    );
    const first = open(PAGE, "APPROVER");
    expect((await screen.findByRole("alert")).textContent).toContain("rules: no list");
    expect(screen.queryByRole("button", { name: "Check" })).toBeNull();
    first.unmount();
    const { policy } = inForce();
    answers("/policy", inForce({ policy: { ...policy, killSwitch: true } as never }) as never);
    open(PAGE, "APPROVER");
    expect(await screen.findByText(/The kill switch is on/)).toBeDefined();
  });
  it("names the external gateway that replaces it", async () => {
    answers("/policy", inForce({ external: true, gateway: "https://gateway.example" }) as never);
    open(PAGE, "ADMIN");
    expect(await screen.findByText("https://gateway.example")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Check" })).toBeNull();
  });
  it("shows another organization neither file nor gateway", async () => {
    answers("/policy", inForce({ file: null }) as never);
    const first = open(PAGE, "ADMIN");
    expect(await screen.findByText(/You see the rules that apply to your organization/)).toBeDefined();
    expect(screen.queryByText("File")).toBeNull();
    expect(screen.queryByText(/Edit this file/)).toBeNull();
    first.unmount();
    answers("/policy", inForce({ file: null, external: true }) as never);
    open(PAGE, "ADMIN");
    expect(await screen.findByText(/the external gateway decides/)).toBeDefined();
    expect(screen.queryByRole("button", { name: "Check" })).toBeNull();
  });
  it("is hidden without the permission", async () => {
    open(PAGE, "OPERATOR");
    expect(await screen.findByRole("heading", { name: "Dashboards" })).toBeDefined();
    expect(screen.queryByText("Policy")).toBeNull();
  });
});

describe("the policy test", () => {
  it("shows the decision and marks the rule", async () => {
    let sent: unknown;
    server.use(
      http.post(url("/policy/test"), async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(foretold);
      }),
    );
    const { container } = open(PAGE, "APPROVER");
    await userEvent.type(await screen.findByLabelText("Service"), "payments");
    await userEvent.click(screen.getByRole("button", { name: "Check" }));
    expect(await screen.findByText("2 other people must approve")).toBeDefined();
    expect(screen.getByText("this rule decides")).toBeDefined();
    expect(sent).toEqual({
      action: "rollback",
      service: "payments",
      environment: "production",
      cluster: "",
      namespace: "",
      severity: "LOW",
      at: null,
    });
    await accessible(container);
  });
  it("shows why there is no result", async () => {
    const problem = { title: "Away", detail: "Ask there.", correlationId: "c0ffee" };
    server.use(http.post(url("/policy/test"), () => HttpResponse.json(problem, { status: 422 })));
    open(PAGE, "APPROVER");
    await userEvent.type(await screen.findByLabelText("Service"), "payments");
    await userEvent.click(screen.getByRole("button", { name: "Check" }));
    expect(await screen.findByText("Ask there.")).toBeDefined();
  });
});
