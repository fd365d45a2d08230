import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { SeriesMeasure } from "@/api/schema";
import { accessible, answers, event, MISSION, open, showMission, usual } from "./page";
import { server } from "./setup";

const ID = "00000000-0000-7000-8000-0000000000d1";
const PLACE = new URL(`/api/dashboards/${ID}/mappings`, location.origin).href;

const measure = (change: Partial<SeriesMeasure>): SeriesMeasure => ({
  role: "unknown",
  basis: "unknown",
  unit: "",
  statistic: "",
  service: "",
  metric: "",
  query: "",
  series: 1,
  ...change,
});

const show = (measures: SeriesMeasure[]) => {
  const panel = { id: "7", title: "Widgets", state: "ready", reason: "", samples: 5, measures } as const;
  const sighting = {
    target: "shop/home",
    title: "Home",
    url: "http://shop.example/",
    phase: "before",
    state: "ready",
    reason: "",
    panels: [panel],
    screenshot: null,
    numbers: null,
    durationMs: 5,
  } as const;
  showMission({}, [event(1, "observed", { sighting: sighting as never })]);
  answers("/dashboards", { dashboards: [{ id: ID, name: "shop", config: { pages: [] } }] });
};

const openEvidence = async (role: "ADMIN" | "OPERATOR") => {
  const page = open(`/missions/${MISSION}`, role);
  await userEvent.click(await screen.findByRole("tab", { name: /Evidence/ }));
  await userEvent.click(await screen.findByText("Home"));
  return page;
};

describe("what a panel measures", () => {
  beforeEach(usual);

  it("is shown with its service and where it is known from", async () => {
    const errors = { role: "error_ratio", basis: "expression", unit: "ratio" } as const;
    show([measure({ ...errors, service: "payments" }), measure({ ...errors, service: "cart" })]);
    await openEvidence("OPERATOR");
    expect(
      await screen.findByText("measures: error ratio, ratio of payments, cart (from the expression)"),
    ).toBeDefined();
    expect(screen.queryByText(/may edit dashboards/)).toBeNull();
  });
  it("is stated by people who may edit dashboards", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post(PLACE, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({});
      }),
    );
    show([measure({ metric: "widget_state", query: "avg(widget_state)" })]);
    await openEvidence("ADMIN");
    expect(await screen.findByText(/widget_state: not understood: what does it measure/)).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "State it" }));
    const dialog = within(await screen.findByRole("dialog"));
    const save = dialog.getByRole("button", { name: "Save" });
    expect(save).toHaveProperty("disabled", true);
    await userEvent.selectOptions(dialog.getByLabelText("It measures"), "share of a limit");
    await userEvent.type(dialog.getByLabelText("Unit"), "ratio");
    await accessible(document.body);
    await userEvent.click(save);
    expect(await screen.findByText("Saved with the dashboard")).toBeDefined();
    const measures = { role: "saturation", unit: "ratio" };
    expect(sent).toEqual([{ page: "home", panel: "7", series: "", measures }]);
  });
  it("is stated for one of several queries by its metric", async () => {
    const sent: { series?: string }[] = [];
    server.use(
      http.post(PLACE, async ({ request }) => {
        sent.push((await request.json()) as { series: string });
        return HttpResponse.json({});
      }),
    );
    const traffic = measure({ role: "traffic", basis: "catalog", metric: "b", query: "rate(b[1m])" });
    show([measure({ metric: "a", query: "avg(a)" }), traffic]);
    await openEvidence("ADMIN");
    await userEvent.click((await screen.findAllByRole("button", { name: "State it" }))[0] as HTMLElement);
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.selectOptions(dialog.getByLabelText("It measures"), "traffic");
    await userEvent.click(dialog.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Saved with the dashboard")).toBeDefined();
    expect(sent.map(({ series }) => series)).toEqual(["a"]);
  });
  it("says who can state it to people who cannot", async () => {
    show([measure({ metric: "widget_state" })]);
    await openEvidence("OPERATOR");
    expect(await screen.findByText("People who may edit dashboards can state it.")).toBeDefined();
    expect(screen.queryByRole("button", { name: "State it" })).toBeNull();
  });
});
