import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { accessible, answers, MISSION, mission, missionRights, open, showMission, usual } from "./page";
import { server } from "./setup";

const SHOP = {
  id: "00000000-0000-7000-8000-00000000000d",
  name: "shop",
  type: "grafana",
  baseUrl: "http://shop.example",
  config: {
    pages: [{ id: "web", path: "/d/web", title: "Shop / web", panels: ["errors", "latency"] }],
    actions: ["rollback"],
    environment: "production",
  },
  version: 1,
  healthStatus: "unknown",
  health: { status: "unknown", detail: "", rights: [] },
  signed: false,
};
const url = (path: string) => new URL(`/api${path}`, location.origin).href;

describe("the page of a new mission", () => {
  beforeEach(usual);

  it("previews the pages, the possible actions and the quota", async () => {
    answers("/dashboards", { dashboards: [SHOP] });
    const { container } = open("/new", "OPERATOR");
    expect(await screen.findByText("Shop / web")).toBeDefined();
    expect(screen.getByText("Roll back")).toBeDefined();
    expect(await screen.findByText("7 of 10 missions left this hour.")).toBeDefined();
    await accessible(container);
  });
  it("shows when the next mission is possible after the quota is used", async () => {
    answers("/dashboards", { dashboards: [SHOP] });
    answers("/missions/quota", { perHour: 10, left: 0, reopensInS: 720 });
    open("/new", "OPERATOR");
    expect(
      await screen.findByText(
        "All 10 missions of this hour are used. You can start the next one in 12 minutes.",
      ),
    ).toBeDefined();
  });
  it("sends the same idempotency key again after a lost response", async () => {
    const keys: (string | null)[] = [];
    server.use(
      http.post(url("/missions"), ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        if (keys.length === 1) return HttpResponse.error();
        return HttpResponse.json(
          { missionId: MISSION, mission: mission(), you: missionRights() },
          { status: 201 },
        );
      }),
    );
    showMission({}, []);
    open("/new", "OPERATOR");
    await userEvent.type(await screen.findByLabelText("What is wrong?"), "Checkout is slow since noon.");
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByRole("alert")).toBeDefined();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByRole("heading", { level: 1, name: "Checkout is slow" })).toBeDefined();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });
  it("refuses a prompt that is too short", async () => {
    open("/new", "OPERATOR");
    await userEvent.type(await screen.findByLabelText("What is wrong?"), "slow");
    await userEvent.click(screen.getByRole("button", { name: /Start mission/ }));
    expect(await screen.findByText(/at least 10/i)).toBeDefined();
  });
});
