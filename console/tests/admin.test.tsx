import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { accessible, answers, open, usual } from "./page";
import { server } from "./setup";

const SHOP = {
  id: "00000000-0000-7000-8000-00000000000d",
  name: "shop",
  type: "grafana",
  baseUrl: "http://shop.example",
  config: { pages: [], actions: [], environment: "demo" },
  version: 1,
  healthStatus: "unknown",
  health: { status: "unknown", detail: "", rights: [] },
  signed: false,
};
const url = (path: string) => new URL(`/api${path}`, location.origin).href;

describe("the test of a dashboard", () => {
  beforeEach(() => {
    usual();
    answers("/dashboards", { dashboards: [SHOP] });
    answers("/users", { users: [], nextCursor: null });
  });

  it("shows its result, with the missing rights", async () => {
    const result = {
      status: "degraded",
      detail: "Annotations cannot be read.",
      source: { type: "grafana", version: "12.1", basis: "seen" },
      latencyMs: 850,
      rights: [{ name: "read annotations", held: false, detail: "403" }],
      at: "2026-03-01T12:00:00Z",
    };
    server.use(http.post(url("/dashboards/:id/test"), () => HttpResponse.json(result)));
    const { container } = open("/admin?part=dashboards", "ADMIN");
    expect(await screen.findByText("Not tested yet")).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "Test" }));
    expect(await screen.findByText("Degraded")).toBeDefined();
    expect(screen.getByText("Annotations cannot be read.")).toBeDefined();
    expect(screen.getByText(": not allowed")).toBeDefined();
    await accessible(container);
  });
  it("shows why there is no result", async () => {
    const problem = { title: "Away", detail: "No browser worker answers.", correlationId: "c0ffee" };
    server.use(http.post(url("/dashboards/:id/test"), () => HttpResponse.json(problem, { status: 503 })));
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Test" }));
    expect(await screen.findByText(/No browser worker answers/)).toBeDefined();
  });
  it("stands beside what does not work", async () => {
    const waits = {
      kind: "waits",
      text: "",
      page: "",
      panels: ["errors"],
      reason: "",
      looks: [14, 20, 30],
      rangeSeconds: 300,
      proofSeconds: 2400,
      longestProofSeconds: 1800,
    };
    const meaning = { kind: "meaning", text: "", page: "", panels: ["Widgets"], reason: "", looks: [] };
    answers("/dashboards", { dashboards: [{ ...SHOP, warnings: [waits, meaning] }] });
    const { container } = open("/admin?part=dashboards", "ADMIN");
    const warnings = await screen.findByRole("list", { name: "Warnings" });
    expect(warnings.textContent).toMatch(/look back 5.min.*14.s, 20.s, 30.s prove nothing.*about 40.min/);
    expect(warnings.textContent).toMatch(/wait 30.min at most/);
    expect(warnings.textContent).toContain("cannot judge it: Widgets");
    await accessible(container);
  });
  it("is hidden without the permission", async () => {
    open("/admin", "VIEWER");
    expect(await screen.findByText("http://shop.example")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Test" })).toBeNull();
  });
});

describe("the second factor", () => {
  beforeEach(() => {
    usual();
    answers("/auth/sessions", { sessions: [] });
    answers("/auth/passkeys", { passkeys: [] });
    answers("/auth/totp", { totp: false });
  });

  it("is active only after a correct first code", async () => {
    let sent: unknown[] = [];
    server.use(
      http.post(url("/auth/totp"), () =>
        HttpResponse.json({ key: "JBSWY3DP", url: "otpauth://totp/x?secret=JBSWY3DP" }, { status: 201 }),
      ),
      http.post(url("/auth/totp/confirm"), async ({ request }) => {
        sent = [...sent, await request.json()];
        if (sent.length === 1)
          return HttpResponse.json({ title: "Wrong", detail: "The code is wrong." }, { status: 422 });
        answers("/auth/totp", { totp: true });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { container } = open("/settings", "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: "Set up" }));
    expect(await screen.findByText("JBSWY3DP")).toBeDefined();
    await accessible(container);
    await userEvent.type(screen.getByLabelText("Code"), "000000{Enter}");
    expect(await screen.findByText("The code is wrong.")).toBeDefined();
    await userEvent.type(screen.getByLabelText("Code"), "123456{Enter}");
    expect(await screen.findByRole("button", { name: "Turn off" })).toBeDefined();
    expect(sent).toEqual([{ code: "000000" }, { code: "123456" }]);
    expect(screen.queryByText("JBSWY3DP")).toBeNull();
  });
});
