import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Organization, ServiceAccount } from "@/api/schema";
import { accessible, answers, open, usual } from "./page";
import { server } from "./setup";

const AT = "2026-03-01T12:00:00Z";
const LATER = "2099-03-01T12:00:00Z";
const url = (path: string) => new URL(`/api${path}`, location.origin).href;

const org = (slug: string, change: Partial<Organization> = {}): Organization => ({
  slug,
  name: `Org ${slug}`,
  status: "ACTIVE",
  parent: "demo",
  maxConcurrentMissions: null,
  createdAt: AT,
  ...change,
});

const program = (change: Partial<ServiceAccount> = {}): ServiceAccount => ({
  id: "00000000-0000-7000-8000-00000000000e",
  name: "deployer",
  roles: ["OPERATOR"],
  disabledAt: null,
  keys: [],
  ...change,
});

beforeEach(() => {
  usual();
  answers("/users", { users: [], nextCursor: null });
  answers("/auth/organizations", { organizations: [] });
});

describe("the organizations", () => {
  it("suspends another one only after a confirmation", async () => {
    let suspended = 0;
    answers("/orgs", { orgs: [org("demo", { parent: null }), org("second")] });
    server.use(
      http.post(url("/orgs/second/suspend"), () => {
        suspended += 1;
        answers("/orgs", { orgs: [org("demo"), org("second", { status: "SUSPENDED" })] });
        return HttpResponse.json(org("second", { status: "SUSPENDED" }));
      }),
    );
    const { container } = open("/admin?part=organizations", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Suspend" }));
    expect(suspended).toBe(0);
    const dialog = screen.getByRole("dialog", { name: "Suspend Org second?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Suspend" }));
    expect(await screen.findByRole("button", { name: "Resume" })).toBeDefined();
    expect(suspended).toBe(1);
    expect(screen.getAllByRole("button", { name: "Export all data" })).toHaveLength(1);
    await accessible(container);
  });
  it("shows why one was not created, and keeps the input", async () => {
    answers("/orgs", { orgs: [org("demo", { parent: null })] });
    const taken = { title: "Conflict", detail: "This name is taken.", correlationId: "c0ffee" };
    server.use(http.post(url("/orgs"), () => HttpResponse.json(taken, { status: 409 })));
    open("/admin?part=organizations", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Create organization" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.type(dialog.getByLabelText("Name"), "Second");
    await userEvent.type(dialog.getByLabelText("Short name"), "second");
    await userEvent.click(dialog.getByRole("button", { name: "Create organization" }));
    expect(await dialog.findByText("This name is taken.")).toBeDefined();
    expect(dialog.getByLabelText<HTMLInputElement>("Short name").value).toBe("second");
  });
  it("are hidden from users who are no administrators", async () => {
    open("/admin?part=organizations", "OPERATOR");
    expect(await screen.findByText("Dashboards")).toBeDefined();
    expect(screen.queryByText("Organizations")).toBeNull();
  });
  it.each([403, 429, 500])("say what %s means", async (status) => {
    answers("/orgs", status);
    open("/admin?part=organizations", "ADMIN");
    expect(await screen.findByText("c0ffee")).toBeDefined();
  });
});

describe("the programs", () => {
  it("shows a new key once, and offers no role that decides", async () => {
    answers("/service-accounts", { serviceAccounts: [program()] });
    let sent: unknown;
    server.use(
      http.post(url("/service-accounts/:id/keys"), async ({ request }) => {
        sent = await request.json();
        const made = { id: "k", name: "ci", roles: ["OPERATOR"], key: "ops_secret", revokedAt: null };
        return HttpResponse.json({ ...made, createdAt: AT, expiresAt: LATER }, { status: 201 });
      }),
    );
    const { container } = open("/admin?part=programs", "ADMIN");
    expect(await screen.findByText("No API keys yet.")).toBeDefined();
    await accessible(container);
    await userEvent.click(screen.getByRole("button", { name: "Create API key" }));
    const dialog = within(screen.getByRole("dialog"));
    expect(dialog.queryByLabelText("Approver")).toBeNull();
    await userEvent.type(dialog.getByLabelText("Name"), "ci");
    await userEvent.selectOptions(dialog.getByLabelText("Valid for"), "30");
    await userEvent.click(dialog.getByRole("button", { name: "Create API key" }));
    expect(await screen.findByText("ops_secret")).toBeDefined();
    expect(sent).toEqual({ name: "ci", roles: ["OPERATOR"], expiresInDays: 30 });
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(screen.queryByText("ops_secret")).toBeNull();
  });
  it("has a button to revoke a valid key", async () => {
    const key = {
      id: "k",
      name: "ci",
      roles: ["OPERATOR" as const],
      createdAt: AT,
      createdBy: null,
      revokedAt: null,
    };
    const keys = [
      { ...key, expiresAt: LATER },
      { ...key, id: "old", name: "old", expiresAt: AT },
    ];
    answers("/service-accounts", { serviceAccounts: [program({ keys })] });
    open("/admin?part=programs", "ADMIN");
    expect(await screen.findByText("old")).toBeDefined();
    expect(screen.getAllByRole("button", { name: "Revoke" })).toHaveLength(1);
  });
});

describe("an invitation", () => {
  it("is a link that is shown once", async () => {
    server.use(
      http.post(url("/invitations"), () =>
        HttpResponse.json(
          { url: "https://ops.example/join#token=t", token: "t", expiresAt: LATER },
          { status: 201 },
        ),
      ),
    );
    open("/admin", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Invite" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.type(dialog.getByLabelText("E-mail"), "new@shop.example");
    await userEvent.click(dialog.getByRole("button", { name: "Invite" }));
    expect(await screen.findByText("https://ops.example/join#token=t")).toBeDefined();
  });
});

describe("a user of several organizations", () => {
  it("switches by signing in to another one", async () => {
    answers("/missions", {
      missions: [],
      pagination: { page: 1, limit: 100, total: 0, totalPages: 0, nextCursor: null },
    });
    answers("/auth/organizations", {
      organizations: [
        { slug: "demo", name: "Demo", roles: ["VIEWER"] },
        { slug: "second", name: "Second", roles: ["ADMIN"] },
      ],
    });
    let sent: Record<string, unknown> = {};
    server.use(
      http.post(url("/auth/login"), async ({ request }) => {
        sent = (await request.json()) as Record<string, unknown>;
        return HttpResponse.json({ title: "No", detail: "The password is wrong." }, { status: 401 });
      }),
    );
    open("/missions", "VIEWER");
    await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Organization" }), "second");
    const dialog = within(screen.getByRole("dialog", { name: "Switch to second" }));
    await userEvent.type(dialog.getByLabelText("Password"), "wrong{Enter}");
    expect(await dialog.findByText("The password is wrong.")).toBeDefined();
    expect(sent).toMatchObject({ email: "me@shop.example", org: "second" });
  });
});
