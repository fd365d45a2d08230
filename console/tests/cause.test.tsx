import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { EventArtifact, EventView, Mission, MissionRights } from "@/api/schema";
import { accessible, answers, event, MISSION, OTHER, open, showMission, started, usual } from "./page";
import { server } from "./setup";

const url = (path: string) => new URL(`/api${path}`, location.origin).href;
const ERRORS = { id: "s1", description: "errors rose", before: 0.01, after: 0.3, unit: "ratio" };

const candidate = (service: string, confidence: number) => ({
  service,
  incidentType: "bad-deploy",
  confidence,
  explanation: `${service} shows it.`,
  evidence: [ERRORS],
  speaksFor: [ERRORS],
  speaksAgainst: [{ id: "s2", description: "its traffic is calm" }],
  remediation: [],
});

const guess = (...candidates: ReturnType<typeof candidate>[]) => ({
  verdict: "found",
  summary: "So far.",
  rootCauseCandidates: candidates,
  serviceGraph: { services: ["web", "db"], dependencies: [] },
  timeline: [],
  missingEvidence: [],
});

const hypothesized = (seq: number, ...candidates: ReturnType<typeof candidate>[]) =>
  event(seq, "hypothesized", { pages: seq, diagnosis: guess(...candidates) as never });

const steered = (seq: number, service: string, stance: string) =>
  event(seq, "steered", {
    stand: { service, stance, person: OTHER, name: "Olivia", reason: "I saw it." } as never,
  });

const diagnosed = (seq: number, content: object, artifacts: EventArtifact[] = []) =>
  event(seq, "diagnosed", { diagnosis: content as never }, { artifacts });

const show = (
  events: EventView[],
  change: Partial<Mission> = {},
  you: Partial<MissionRights> = { mayGiveFeedback: true },
) => showMission(change, events, you);

describe("the hypotheses", () => {
  beforeEach(usual);

  it("are shown during the visits, with the evidence for and against each", async () => {
    show([started(1), hypothesized(2, candidate("web", 0.6), candidate("db", 0.3))]);
    const { container } = open(`/missions/${MISSION}/cause`, "OPERATOR");
    expect(await screen.findByText("So far, after 2 pages")).toBeDefined();
    expect(screen.getAllByText("1 for, 1 against")).toHaveLength(2);
    const bars = [...container.querySelectorAll<HTMLElement>("[data-share]")];
    expect(bars.map((bar) => bar.style.width)).toEqual(["60%", "30%"]);
    expect(screen.getAllByText("its traffic is calm")).toHaveLength(2);
    await accessible(container);
  });
  it("are replaced by the diagnosis", async () => {
    const cause = diagnosed(3, guess(candidate("web", 0.9)));
    show([started(1), hypothesized(2, candidate("db", 0.4)), cause]);
    open(`/missions/${MISSION}/cause`, "OPERATOR");
    expect(await screen.findByText(/Very likely/)).toBeDefined();
    expect(screen.queryByText(/So far/)).toBeNull();
  });
  it("show the latest feedback on a service and its author", async () => {
    const steps = [
      hypothesized(1, candidate("web", 0.6)),
      steered(2, "web", "pinned"),
      steered(3, "web", "ruled-out"),
      steered(4, "cache", "added"),
    ];
    show(steps, {}, { mayGiveFeedback: false });
    open(`/missions/${MISSION}/cause`, "APPROVER");
    expect(await screen.findByText("Ruled out")).toBeDefined();
    expect(screen.queryByText("Pinned")).toBeNull();
    expect(screen.getByText("cache")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Withdraw" })).toBeNull();
  });
  it("are pinned with a reason; a refused request keeps the input", async () => {
    show([hypothesized(1, candidate("web", 0.6))]);
    const sent: unknown[] = [];
    server.use(
      http.post(url(`/missions/${MISSION}/hypotheses`), async ({ request }) => {
        sent.push(await request.json());
        if (sent.length === 1)
          return HttpResponse.json({ title: "Over", detail: "It is COMPLETED." }, { status: 409 });
        return HttpResponse.json({ missionId: MISSION, hypotheses: [], lastSeq: 1 });
      }),
    );
    open(`/missions/${MISSION}/cause`, "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: "Pin web" }));
    show([steered(2, "web", "pinned")]);
    const dialog = within(screen.getByRole("dialog", { name: "Pin web as the cause" }));
    await userEvent.type(dialog.getByLabelText("Reason (optional)"), "I saw it.");
    await userEvent.click(dialog.getByRole("button", { name: "Pin" }));
    expect(await dialog.findByText("It is COMPLETED.")).toBeDefined();
    await userEvent.click(dialog.getByRole("button", { name: "Pin" }));
    expect(await screen.findByText("Pinned")).toBeDefined();
    expect(sent).toEqual(Array(2).fill({ service: "web", stance: "pinned", reason: "I saw it." }));
  });
  it("can be added to an empty list", async () => {
    show([started(1)]);
    open(`/missions/${MISSION}/cause`, "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: "Add hypothesis" }));
    expect(screen.getByRole("dialog", { name: "Add a hypothesis" })).toBeDefined();
  });
  it("take no feedback after the end of the mission", async () => {
    const cause = diagnosed(1, guess(candidate("web", 0.9)));
    const ended = { status: "COMPLETED", finishedAt: "2026-03-01T13:00:00Z" } as const;
    show([cause], ended, { mayGiveFeedback: false });
    open(`/missions/${MISSION}/cause`, "ADMIN");
    expect(await screen.findByText(/Very likely/)).toBeDefined();
    expect(screen.queryByRole("button", { name: "Pin web" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Add hypothesis" })).toBeNull();
  });
  it.each(["<img src=x onerror=alert(1)>", "ab\u202ecd", `w${"\u0336".repeat(60)}`, "x".repeat(10_000)])(
    "show a hostile name as words: %.20s",
    async (service) => {
      show([steered(1, service, "added")]);
      const { container } = open(`/missions/${MISSION}/cause`, "OPERATOR");
      expect(await screen.findByText("Added")).toBeDefined();
      expect(container.querySelector("img")).toBeNull();
      expect(container.textContent).not.toContain("\u202e");
      expect(container.textContent?.length ?? 0).toBeLessThan(3000);
    },
  );
});

describe("a citation", () => {
  beforeEach(usual);

  it("opens the screenshot of its panel, and the page with the panel highlighted", async () => {
    const ref = (kind: string, letter: string) => ({
      id: `00000000-0000-7000-8000-00000000000${letter}`,
      kind,
      title: kind,
      sha256: letter.repeat(64),
      contentType: "image/jpeg",
    });
    const [page, crop, numbers] = [ref("screenshot", "1"), ref("panel", "2"), ref("numbers", "3")];
    const marked = ref("highlight", "4");
    const sighting = {
      target: "shop/web",
      title: "Shop / web",
      url: "http://shop.example",
      phase: "before",
      state: "ready",
      panels: [
        {
          id: "errors",
          title: "Errors",
          state: "ready",
          reason: "",
          samples: 9,
          picture: { sha256: crop?.sha256 },
        },
      ],
    };
    const seen = event(1, "observed", { sighting: sighting as never }, { artifacts: [page, crop, numbers] });
    const highlights = [{ target: "shop/web", phase: "before", panels: ["errors"], picture: marked }];
    const cause = diagnosed(2, { ...guess(candidate("web", 0.9)), highlights }, [marked]);
    answers(`/artifacts/${numbers?.id}/evidence`, {
      series: [
        {
          id: "s1",
          panel: "errors",
          service: "web",
          metric: "errors",
          unit: "ratio",
          query: "rate(errors)",
          origin: "page-response",
          points: [[1, 0.3]], // too few to draw: there is no canvas here
        },
      ],
      logs: [],
      changes: [],
    } as never);
    for (const artifact of [page, crop, marked])
      answers(`/artifacts/${artifact?.id}`, { url: `http://pictures.example/${artifact?.kind}` } as never);
    show([seen, cause]);
    const { container } = open(`/missions/${MISSION}/cause`, "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: "Enlarge Shop / web / Errors" }));
    const dialog = screen.getByRole("dialog", { name: "Shop / web / Errors" });
    const pictures = await within(dialog).findAllByRole("img");
    expect(pictures.map((picture) => picture.getAttribute("src"))).toEqual([
      "http://pictures.example/panel",
      "http://pictures.example/highlight",
    ]);
    await accessible(container);
  });
});
