import { screen, waitFor, within } from "@testing-library/react";
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
const detects = (type: string, baseUrl: string, reason = "") =>
  http.post(url("/dashboards/detect"), () => HttpResponse.json({ type, baseUrl, reason }));
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
  it("is registered from its address, and its pages are chosen from what it has", async () => {
    const sent: Record<string, unknown>[] = [];
    const match = { kind: "dashboard", title: "Checkout", path: "/d/abc", panels: [], queries: [], tags: [] };
    answers("/dashboards", { dashboards: [] });
    server.use(
      detects("grafana", "https://grafana.shop.example/tools"),
      http.post(url("/dashboards"), async ({ request }) => {
        sent.push((await request.json()) as Record<string, unknown>);
        answers("/dashboards", { dashboards: [SHOP] });
        return HttpResponse.json(SHOP, { status: 201 });
      }),
      http.get(url("/dashboards/:id/search"), () => HttpResponse.json({ found: [match], more: false })),
      http.post(url("/dashboards/:id/pages"), async ({ request }) => {
        sent.push((await request.json()) as Record<string, unknown>);
        const page = { id: "checkout", title: "Checkout", path: "/d/abc", panels: [], queries: [] };
        const changed = { ...SHOP, config: { ...SHOP.config, pages: [page] } };
        answers("/dashboards", { dashboards: [changed] });
        return HttpResponse.json(changed);
      }),
    );
    const { container } = open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Add dashboard" }));
    await userEvent.type(screen.getByLabelText("Address"), "https://Grafana.shop.example/tools");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("grafana-shop-example");
    await userEvent.selectOptions(screen.getByLabelText("Sign-in"), "A bearer token");
    await userEvent.type(screen.getByLabelText("Secret"), "glsa_x");
    await userEvent.click(screen.getByRole("checkbox", { name: "Restart" }));
    await accessible(container);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await userEvent.click(await screen.findByRole("button", { name: "Add Checkout" }));
    expect(await screen.findByRole("button", { name: "Remove: Checkout" })).toBeDefined();
    expect(sent[0]).toMatchObject({
      name: "grafana-shop-example",
      baseUrl: "https://grafana.shop.example/tools",
      type: "grafana",
      credentials: { token: "glsa_x" },
      config: { environment: "production", actions: ["restart"] },
    });
    expect(sent[1]).toEqual({ title: "Checkout", path: "/d/abc", panels: [], queries: [] });
    await accessible(container);
  });
  it("takes several headers, and a page by its path", async () => {
    const sent: Record<string, unknown>[] = [];
    const keep = async ({ request }: { request: Request }) => {
      sent.push((await request.json()) as Record<string, unknown>);
      return HttpResponse.json(SHOP, { status: 201 });
    };
    server.use(
      detects("datadog", "https://api.datadoghq.com"),
      http.post(url("/dashboards"), keep),
      http.get(url("/dashboards/:id/search"), () => HttpResponse.json({ found: [], more: false })),
      http.post(url("/dashboards/:id/pages"), keep),
    );
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Add dashboard" }));
    await userEvent.type(screen.getByLabelText("Address"), "https://api.datadoghq.com");
    await userEvent.selectOptions(screen.getByLabelText("Sign-in"), "Headers");
    await userEvent.click(screen.getByRole("button", { name: "Add a header" }));
    for (const [place, name] of ["DD-API-KEY", "DD-APPLICATION-KEY"].entries()) {
      const header = screen.getAllByLabelText("Header")[place];
      const value = screen.getAllByLabelText("Value")[place];
      if (!header || !value) throw new Error("no fields of the header");
      await userEvent.type(header, name);
      await userEvent.type(value, `secret ${place}`);
    }
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await userEvent.click(await screen.findByText("Add a page by its path"));
    await userEvent.type(screen.getByLabelText("Title"), "Status");
    await userEvent.type(screen.getByLabelText("Path"), "status");
    await userEvent.click(screen.getByRole("button", { name: "Add" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]).toMatchObject({
      replace: false,
      credentials: { headers: { "DD-API-KEY": "secret 0", "DD-APPLICATION-KEY": "secret 1" } },
    });
    expect(sent[1]).toEqual({ title: "Status", path: "/status", panels: [], queries: [] });
  });
  it("says that there are more pages than are shown", async () => {
    const match = { kind: "metric", title: "up", path: "/", panels: [], queries: [], tags: [] };
    server.use(
      http.get(url("/dashboards/:id/search"), () => HttpResponse.json({ found: [match], more: true })),
    );
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Pages" }));
    expect(await screen.findByText(/Use more words/)).toBeDefined();
  });
  it("shows why it was not registered", async () => {
    server.use(detects("", "", "unreachable: nothing answers"));
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Add dashboard" }));
    await userEvent.type(screen.getByLabelText("Address"), "http://10.0.0.1");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("at-10-0-0-1");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect((await screen.findByRole("alert")).textContent).toMatch(
      /unreachable: nothing answers. To add it nevertheless/,
    );
    expect(screen.getByLabelText("Address").getAttribute("aria-invalid")).toBeNull();
  });
  it("does not replace another one", async () => {
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Add dashboard" }));
    expect(screen.getByLabelText<HTMLInputElement>("Environment").value).toBe("demo");
    await userEvent.type(screen.getByLabelText("Address"), "http://shop");
    expect(screen.getByRole("alert").textContent).toBe("Another dashboard has this name.");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  });
  it("is changed with its version, keeps its credentials, and is deleted after a question", async () => {
    const sent: Record<string, unknown>[] = [];
    const deleted: string[] = [];
    answers("/dashboards", {
      dashboards: [{ ...SHOP, signed: true, config: { ...SHOP.config, video: true } }],
    });
    server.use(
      http.put(url("/dashboards/:id"), async ({ request }) => {
        sent.push((await request.json()) as Record<string, unknown>);
        return HttpResponse.json({ ...SHOP, signed: true });
      }),
      http.delete(url("/dashboards/:id"), ({ params }) => {
        deleted.push(String(params.id));
        return new HttpResponse(null, { status: 204 });
      }),
    );
    open("/admin?part=dashboards", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
    await userEvent.click(screen.getByText("What pictures and numbers must not show"));
    await userEvent.type(screen.getByLabelText("Text"), "card=\\d+");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Delete" }));
    expect(sent[0]).toMatchObject({
      version: 1,
      config: { video: true, masks: { patterns: ["card=\\d+"] } },
    });
    expect(sent[0]).not.toHaveProperty("credentials");
    await waitFor(() => expect(deleted).toEqual([SHOP.id]));
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
