import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Template } from "@/api/schema";
import { fillIn } from "@/format/template";
import { accessible, answers, MISSION, mission, missionRights, open, showMission, usual } from "./page";
import { server } from "./setup";

const url = (path: string) => new URL(`/api${path}`, location.origin).href;
const template = (change: Partial<Template> = {}): Template => ({
  id: "00000000-0000-7000-8000-0000000000aa",
  name: "Slow service",
  description: "One service answers slowly",
  category: "latency",
  promptTemplate: "{{service}} answers slowly. Find out why.",
  dashboardType: null,
  tags: ["checkout"],
  isActive: true,
  variables: ["service"],
  usageCount: 3,
  version: 2,
  createdAt: "2026-03-01T12:00:00Z",
  ...change,
});

beforeEach(() => {
  usual();
  answers("/users", { users: [], nextCursor: null });
  answers("/auth/organizations", { organizations: [] });
});

describe("a template", () => {
  it("is filled in as text, and keeps placeholders without a value", () => {
    expect(fillIn("{{a}} and {{ b }} and {{a}}", { a: "$& {{b}}" })).toBe(
      "$& {{b}} and {{ b }} and $& {{b}}",
    );
  });
  it("starts a mission that names its template", async () => {
    answers("/templates", { templates: [template(), template({ id: "off", name: "Old", isActive: false })] });
    const sent: unknown[] = [];
    server.use(
      http.post(url("/missions"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(
          { missionId: MISSION, mission: mission(), you: missionRights() },
          { status: 201 },
        );
      }),
    );
    showMission({}, []);
    open("/new", "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: /Slow service/ }));
    expect(screen.queryByRole("button", { name: /Old/ })).toBeNull();
    const dialog = within(screen.getByRole("dialog", { name: "Slow service" }));
    expect(document.querySelector("form form"), "a form within a form sends both").toBeNull();
    await userEvent.type(dialog.getByLabelText("service"), "checkout");
    await userEvent.click(dialog.getByRole("button", { name: "Use template" }));
    const box = screen.getByLabelText<HTMLTextAreaElement>("What is wrong?");
    expect(box.value).toBe("checkout answers slowly. Find out why.");
    await userEvent.click(screen.getByRole("button", { name: /Start mission/ }));
    expect(await screen.findByRole("heading", { level: 1, name: "Checkout is slow" })).toBeDefined();
    expect(sent).toEqual([{ prompt: box.value, priority: "NORMAL", templateId: template().id }]);
  });
  it("can be deleted meanwhile: the mission starts without it", async () => {
    answers("/templates", {
      templates: [template({ variables: [], promptTemplate: "Everything is slow." })],
    });
    const sent: { templateId?: string }[] = [];
    server.use(
      http.post(url("/missions"), async ({ request }) => {
        sent.push((await request.json()) as { templateId?: string });
        if (sent.length > 1)
          return HttpResponse.json(
            { missionId: MISSION, mission: mission(), you: missionRights() },
            { status: 201 },
          );
        return HttpResponse.json({ title: "Not found", detail: "Unknown template." }, { status: 404 });
      }),
    );
    showMission({}, []);
    open("/new", "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: /Slow service/ }));
    await userEvent.click(screen.getByRole("button", { name: /Start mission/ }));
    expect(await screen.findByText("Unknown template.")).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: /Start mission/ }));
    expect(await screen.findByRole("heading", { level: 1, name: "Checkout is slow" })).toBeDefined();
    expect(sent.map((body) => body.templateId)).toEqual([template().id, undefined]);
  });
  it("is changed with its version; a refused change keeps the input", async () => {
    answers("/templates", { templates: [template()] });
    const sent: { version?: number; tags?: string[] }[] = [];
    server.use(
      http.put(url(`/templates/${template().id}`), async ({ request }) => {
        sent.push((await request.json()) as { version?: number });
        const detail = "Another template is called Slow.";
        if (sent.length === 1) return HttpResponse.json({ title: "Conflict", detail }, { status: 409 });
        answers("/templates", { templates: [template({ name: "Slow", version: 3 })] });
        return HttpResponse.json(template({ name: "Slow", version: 3 }));
      }),
    );
    const { container } = open("/admin?part=templates", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.clear(dialog.getByLabelText("Name"));
    await userEvent.type(dialog.getByLabelText("Name"), "Slow");
    await userEvent.type(dialog.getByLabelText(/Tags/), ", eu");
    await userEvent.click(dialog.getByRole("button", { name: "Save" }));
    expect(await dialog.findByText("Another template is called Slow.")).toBeDefined();
    await userEvent.click(dialog.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Slow")).toBeDefined();
    expect(sent.map((body) => [body.version, body.tags])).toEqual([
      [2, ["checkout", "eu"]],
      [2, ["checkout", "eu"]],
    ]);
    await accessible(container);
  });
  it("is deleted only after a confirmation; then the list is empty", async () => {
    answers("/templates", { templates: [template()] });
    server.use(
      http.delete(url(`/templates/${template().id}`), () => {
        answers("/templates", { templates: [] });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    open("/admin?part=templates", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = within(screen.getByRole("dialog", { name: "Delete Slow service?" }));
    await userEvent.click(dialog.getByRole("button", { name: "Delete" }));
    expect(await screen.findByText("No templates")).toBeDefined();
  });
});
