import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "@/api/schema";
import { digest, verify } from "@/pages/audit/chain";
import { accessible, answers, open, usual } from "./page";
import { server } from "./setup";

const ENTRY: AuditEntry = {
  seq: 1,
  at: "2026-03-01T12:00:00.12Z",
  actor: "ada@shop.example",
  deed: "mission.created",
  subject: "mission/1",
  result: "ok",
  ip: "127.0.0.1",
  userAgent: "tést",
  correlationId: "c0ffee",
  detail: '{"prompt":"Slow"}',
  before: "null",
  after: "null",
  previous: "0".repeat(64),
  hash: "",
};

/** Entries whose hashes are linked, newest first. */
async function chain(length: number): Promise<AuditEntry[]> {
  const made: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const entry = { ...ENTRY, seq, previous: made[0]?.hash ?? ENTRY.previous };
    made.unshift({ ...entry, hash: await digest(entry, "demo") });
  }
  return made;
}

const page = (entries: AuditEntry[]) => ({
  entries,
  total: entries.length,
  facets: { deed: [{ value: "mission.created", count: entries.length }], actor: [], result: [] },
  nextCursor: null,
});

describe("the audit chain", () => {
  it("has the same hashes as on the server", async () => {
    // hashlib.sha256 over the same parts
    expect(await digest(ENTRY, "demo-shop")).toBe(
      "a75fc349e93d5d5a9745d39c784f21c6b2174ecfc154f306e00f1ce002b7044a",
    );
  });
  it("is verified completely on demand, including session renewals", async () => {
    const entries = await chain(5);
    const requested: string[] = [];
    server.use(
      http.get(new URL("/api/audit", location.origin).href, ({ request }) => {
        const query = new URL(request.url).searchParams;
        requested.push(query.toString());
        if (!query.has("routine")) return HttpResponse.json(page(entries.slice(0, 1)));
        const half = query.has("cursor") ? entries.slice(3) : entries.slice(0, 3);
        return HttpResponse.json({
          ...page(half),
          total: 5,
          nextCursor: query.has("cursor") ? null : "next",
        });
      }),
    );
    open("/audit", "AUDITOR");
    await userEvent.click(await screen.findByRole("button", { name: "Verify all" }));
    expect(await screen.findByText("All 5 entries verified")).toBeDefined();
    expect(requested.filter((query) => query.includes("routine"))).toHaveLength(2);
  });
  it("is whole, or names the changed entry", async () => {
    const entries = await chain(3);
    expect(await verify(entries, "demo")).toEqual({ state: "whole", entries: 3, to: 3 });
    const [newest, middle, oldest] = entries as [AuditEntry, AuditEntry, AuditEntry];
    expect(await verify([newest, oldest], "demo")).toMatchObject({ state: "filtered" });
    const changed = { ...middle, actor: "eve@shop.example" };
    expect(await verify([newest, changed, oldest], "demo")).toEqual({ state: "broken", seq: 2 });
    const forged = { ...changed, hash: await digest(changed, "demo") };
    expect(await verify([newest, forged, oldest], "demo")).toEqual({ state: "broken", seq: 3 });
  });
});

describe("the audit page", () => {
  beforeEach(usual);

  it("shows the entries with their changes and that they are verified", async () => {
    answers("/audit", page(await chain(2)));
    const { container } = open("/audit", "AUDITOR");
    expect(await screen.findByText("2 entries verified, up to 2")).toBeDefined();
    await userEvent.click(screen.getAllByText("mission/1")[0] as HTMLElement);
    expect(screen.getAllByText(/"prompt": "Slow"/).length).toBeGreaterThan(0);
    await accessible(container);
  });
  it("names the changed entry", async () => {
    const [newest, oldest] = (await chain(2)) as [AuditEntry, AuditEntry];
    answers("/audit", page([newest, { ...oldest, result: "refused" }]));
    open("/audit", "ADMIN");
    expect(await screen.findByText("Entry 1 was changed after it was written")).toBeDefined();
  });
  it("requests the chosen filters, with a day from its midnight on", async () => {
    const requested: string[] = [];
    const entries = await chain(1);
    server.use(
      http.get(new URL("/api/audit", location.origin).href, ({ request }) => {
        requested.push(new URL(request.url).search);
        return HttpResponse.json(page(entries));
      }),
    );
    open("/audit?since=2026-03-01&nonsense=1", "AUDITOR");
    await userEvent.selectOptions(await screen.findByLabelText("Action"), "mission.created");
    await waitFor(() => expect(requested).toHaveLength(2));
    expect(Object.fromEntries(new URLSearchParams(requested[1]))).toEqual({
      deed: "mission.created",
      since: "2026-03-01T00:00:00Z",
    });
  });
  it("is only for auditors and administrators", async () => {
    open("/audit", "OPERATOR");
    expect(await screen.findByText("You don't have access")).toBeDefined();
    expect(screen.queryByRole("link", { name: "Audit" })).toBeNull();
  });
  it.each([
    [404, "Not found"],
    [500, "Something went wrong"],
  ])("explains status %s", async (status, title) => {
    answers("/audit", status);
    open("/audit", "AUDITOR");
    expect(await screen.findByText(title)).toBeDefined();
  });
});
