import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { browserControlOf } from "@/live/story";
import { layOut } from "@/pages/mission/cause/ServiceMap";
import { accessible, answers, event, ME, MISSION, open, showMission, started, usual } from "./page";

const show = showMission;

const diagnosis = (change: object) => ({
  verdict: "found",
  summary: "It began in web.",
  rootCauseCandidates: [
    {
      service: "web",
      incidentType: "bad_deployment",
      confidence: 0.92,
      explanation: "web shows a bad deployment.",
      evidence: [{ id: "s1", description: "latency rose", before: 0.1, after: 1.3, unit: "seconds" }],
      remediation: [],
    },
  ],
  serviceGraph: { services: ["web", "db"], dependencies: [{ caller: "web", callee: "db" }] },
  timeline: [],
  missingEvidence: [],
  ...change,
});

describe("one mission", () => {
  beforeEach(usual);

  it("shows its steps, and goes to a step and back by keyboard", async () => {
    show({}, [started(1), started(2), started(3)]);
    const { container } = open(`/missions/${MISSION}`, "OPERATOR");
    const steps = await screen.findByRole("region", { name: "Steps" });
    expect(within(steps).getAllByRole("button")).toHaveLength(3);
    await userEvent.keyboard("[[");
    expect(await screen.findByText(/Step 2 ·/)).toBeDefined();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByText(/Step 2 ·/)).toBeNull();
    await accessible(container);
  });
  it("shows Stop to users who may cancel", async () => {
    show({}, [started(1)], { mayCancel: true });
    open(`/missions/${MISSION}`, "OPERATOR");
    expect(await screen.findByRole("button", { name: "Stop" })).toBeDefined();
  });
  it("shows no Stop to other users", async () => {
    show({}, [started(1)]);
    open(`/missions/${MISSION}`, "APPROVER");
    await screen.findByRole("region", { name: "Steps" });
    expect(screen.queryByRole("button", { name: "Stop" })).toBeNull();
  });
  it("plays the video of a visit only on a click", async () => {
    const artifact = (id: string, kind: string) => ({
      id,
      kind,
      title: `Shop ${kind}`,
      sha256: id,
      contentType: "image/webp",
      size: 1,
    });
    const visit = (seq: number, ...artifacts: ReturnType<typeof artifact>[]) =>
      event(
        seq,
        "observed",
        {
          sighting: {
            title: "Shop",
            url: "http://shop/",
            phase: "before",
            state: "ready",
            panels: [],
          } as never,
        },
        { artifacts },
      );
    for (const id of ["p1", "p2", "v2"])
      answers(`/artifacts/${id}`, { url: `http://pictures.example/${id}` } as never);
    show({ finishedAt: started(1).at }, [
      visit(1, artifact("p1", "screenshot")),
      visit(2, artifact("p2", "screenshot"), artifact("v2", "video")),
    ]);
    const { container } = open(`/missions/${MISSION}`, "OPERATOR");
    const browser = await screen.findByRole("region", { name: "Browser" });
    const pictured = async () => (await within(browser).findByRole("img")).getAttribute("src");
    expect(await pictured()).toBe("http://pictures.example/p2");
    const play = within(browser).getByRole("button", { name: "Video of the visit" });
    await userEvent.click(play);
    expect(await pictured()).toBe("http://pictures.example/v2");
    expect(play.getAttribute("aria-pressed")).toBe("true");
    await accessible(container);
    await userEvent.click(play);
    expect(await pictured()).toBe("http://pictures.example/p2");
    const [first] = within(screen.getByRole("region", { name: "Film strip" })).getAllByTitle(/^Shop/);
    await userEvent.click(first as HTMLElement);
    expect(await pictured()).toBe("http://pictures.example/p1");
    expect(within(browser).queryByRole("button", { name: "Video of the visit" })).toBeNull();
  });
  it("shows a missing mission as not found", async () => {
    answers(`/missions/${MISSION}/events`, 404);
    open(`/missions/${MISSION}`, "OPERATOR");
    expect(await screen.findByText("Not found")).toBeDefined();
  });
  it("shows hostile text as text", async () => {
    show({ title: "<img src=x onerror=alert(1)>\u202e" }, [
      event(
        1,
        "cancel-requested",
        {},
        { title: { kind: "cancel-requested", variant: "", values: { name: "<script>x</script>{name}" } } },
      ),
      event(2, "acted", { receipt: { detail: "<img src=x>\u200b" } as never }),
    ]);
    const { container } = open(`/missions/${MISSION}`, "OPERATOR");
    expect((await screen.findByRole("heading", { level: 1 })).textContent).toBe(
      "<img src=x onerror=alert(1)>⟨U+202E⟩",
    );
    expect(screen.getByText("<script>x</script>{name} asked to stop")).toBeDefined();
    expect(container.querySelector("img, script")).toBeNull();
  });
  it("shows an event of a newer server by its kind", async () => {
    show({}, [started(1), event(2, "summarized" as "started", {})]);
    open(`/missions/${MISSION}`, "OPERATOR");
    expect((await screen.findAllByText(/summarized/)).length).toBeGreaterThan(0);
  });
});

describe("the control of the browser", () => {
  const control = { target: "shop/overview", person: ME, name: "Olga" };
  const taken = event(1, "taken-over", { ...control, until: "2026-03-01T12:02:00Z" });
  const returned = event(2, "given-back", control);
  const at = Date.parse("2026-03-01T12:01:00Z");

  it("belongs to the last person who took over, until it is returned or expires", () => {
    expect(browserControlOf([taken], at)?.name).toBe("Olga");
    expect(browserControlOf([taken], at + 60_000)).toBeNull();
    expect(browserControlOf([taken, returned], at)).toBeNull();
    expect(browserControlOf([], at)).toBeNull();
  });
});

describe("the root cause", () => {
  beforeEach(usual);

  it("waits for a diagnosis", async () => {
    show({}, [started(1)]);
    open(`/missions/${MISSION}/cause`, "OPERATOR");
    expect(await screen.findByText("No diagnosis yet")).toBeDefined();
  });
  it("shows the cause, its confidence and its values", async () => {
    show({}, [started(1), event(2, "diagnosed", { diagnosis: diagnosis({}) as never })]);
    const { container } = open(`/missions/${MISSION}/cause`, "OPERATOR");
    expect(await screen.findAllByText(/web shows a bad deployment/)).toHaveLength(2);
    expect(screen.getByText(/Very likely/).textContent).toContain("92%");
    expect(screen.getByText("1.3 s")).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "As a list" }));
    expect(screen.getByText(/calls db/)).toBeDefined();
    await accessible(container);
  });
  it("shows the next checks if it is inconclusive", async () => {
    const data = diagnosis({
      verdict: "inconclusive",
      rootCauseCandidates: [],
      missingEvidence: ["logs of web"],
    });
    show({}, [event(1, "diagnosed", { diagnosis: data as never })]);
    open(`/missions/${MISSION}/cause`, "OPERATOR");
    expect(await screen.findByText("What to check next")).toBeDefined();
    expect(screen.getByText("logs of web")).toBeDefined();
  });
  it("lays out a cycle of calls", () => {
    const circle = {
      services: ["a"],
      dependencies: [
        { caller: "a", callee: "b" },
        { caller: "b", callee: "a" },
      ],
    };
    expect(layOut(circle).map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("the report", () => {
  beforeEach(usual);
  const report = {
    id: ME,
    kind: "report",
    contentType: "text/html",
    sha256: "0".repeat(64),
    size: 1,
    title: "Report",
  };

  it("has a PDF, and shows a failed download", async () => {
    show({ status: "COMPLETED" }, [started(1, [report])]);
    answers(`/missions/${MISSION}/report/pdf`, 503);
    open(`/missions/${MISSION}/report`, "OPERATOR");
    await userEvent.click(await screen.findByRole("button", { name: "PDF" }));
    expect(await screen.findByText("Download failed")).toBeDefined();
  });
  it("has no PDF before there is a report", async () => {
    show({}, [started(1)]);
    open(`/missions/${MISSION}/report`, "OPERATOR");
    await screen.findByRole("button", { name: "JSON" });
    expect(screen.queryByRole("button", { name: "PDF" })).toBeNull();
  });
});
