import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome, Recovery, Verification } from "@/api/schema";
import { translate } from "@/i18n";
import { de } from "@/i18n/de";
import { en } from "@/i18n/en";
import { subscribeToMission } from "@/live/socket";
import { useMissionListUpdates } from "@/pages/missions/useMissionListUpdates";
import { missionStatusProps } from "@/ui/MissionBadges";
import { accessible, event, MISSION, mission, OTHER, open, showMission, usual } from "./page";

/** A connected socket on which nothing arrives. */
const { silent } = vi.hoisted(() => {
  const silent = { on: (): object => silent, off: (): object => silent };
  return { silent };
});

vi.mock("@/live/socket", async (load) => ({
  ...(await load<typeof import("@/live/socket")>()),
  useSocket: () => silent,
  subscribeToMission: vi.fn(() => () => {}),
}));

/** Every end of a mission, with the tone of its badge. */
const TONES = {
  recovered: "ok",
  still_bad_elsewhere: "warn",
  not_recovered: "danger",
  relapsed: "danger",
  unknown: "warn",
  healthy: "ok",
  inconclusive: "warn",
  nothing_to_do: "neutral",
  refused: "danger",
  denied: "neutral",
  expired: "warn",
  not_done: "warn",
  cancelled: "neutral",
  failed: "danger",
  timed_out: "danger",
  quarantined: "danger",
} satisfies Record<Outcome, string>;
const RECOVERIES = {
  recovered: true,
  still_bad_elsewhere: true,
  not_recovered: true,
  unknown: true,
} satisfies Record<Recovery, true>;

const LATER = "2026-03-01T12:30:00Z";

describe("the end of a mission", () => {
  it.each(Object.entries(TONES))("%s has words in both languages and the tone %s", (outcome, tone) => {
    const badge = missionStatusProps(translate, { status: "COMPLETED", outcome: outcome as Outcome });
    expect(badge.tone).toBe(tone);
    expect(Object.keys(en)).toContain(`outcome.${outcome}`);
    expect(Object.keys(de)).toContain(`outcome.${outcome}`);
  });
  it.each(Object.keys(RECOVERIES))("a verification with %s has words in both languages", (recovery) => {
    expect(Object.keys(en)).toContain(`recovery.${recovery}`);
    expect(Object.keys(de)).toContain(`recovery.${recovery}`);
  });
  it("is one so far while a later look is due, only for a recovery", () => {
    const badge = (outcome: Outcome) =>
      missionStatusProps(translate, { status: "COMPLETED", outcome, looksAgainAt: LATER }).children;
    expect(badge("recovered")).toBe("Recovered so far");
    expect(badge("relapsed")).toBe("Relapsed");
  });
  it("is kept current in the list while a later look is due", () => {
    const client = new QueryClient();
    const wrapper = ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    );
    const ended = { status: "COMPLETED", outcome: "recovered", finishedAt: LATER } as const;
    const missions = [
      mission({ ...ended, id: MISSION, looksAgainAt: LATER }),
      mission({ ...ended, id: OTHER, looksAgainAt: null }),
    ];
    renderHook(() => useMissionListUpdates(missions), { wrapper });
    expect(vi.mocked(subscribeToMission).mock.calls.map(([, id]) => id)).toEqual([MISSION]);
  });
});

describe("the verification", () => {
  beforeEach(usual);

  const verification: Verification = {
    recovery: "still_bad_elsewhere",
    reason: "payments is back to normal. Still bad elsewhere: errors of search.",
    comparisons: [],
    alerts: [
      { name: "ErrorsHigh", service: "search", fires: true, recovery: "not_recovered" },
      { name: "ErrorsHigh", service: "search", fires: true, recovery: "not_recovered" },
    ],
    missing: ["the alert ErrorsHigh still fires"],
    stillBad: ["search"],
  };

  it("names what is still bad elsewhere, its alerts and what is missing", async () => {
    const verified = { approvalId: OTHER, verification, final: false };
    showMission({ status: "COMPLETED", outcome: "still_bad_elsewhere" }, [event(1, "verified", verified)]);
    const { container } = open(`/missions/${MISSION}/change`, "OPERATOR");
    const section = within(await screen.findByRole("region", { name: "Verification" }));
    expect(section.getByText("Recovered, still bad elsewhere")).toBeDefined();
    expect(section.getByText(/Still bad elsewhere: errors of search/)).toBeDefined();
    expect(section.getAllByText("ErrorsHigh search: still fires")).toHaveLength(1);
    expect(section.getByText("the alert ErrorsHigh still fires")).toBeDefined();
    await accessible(container);
  });
  it("says that the later look saw it", async () => {
    const verified = { approvalId: OTHER, verification, final: true };
    showMission({ status: "COMPLETED", outcome: "relapsed" }, [event(1, "verified", verified)]);
    open(`/missions/${MISSION}/change`, "OPERATOR");
    expect(await screen.findByText(/^Seen at .*looked at again/)).toBeDefined();
    expect(screen.getByText("Relapsed")).toBeDefined();
  });
  it("says when it looks again, and what that look saw", async () => {
    const verified = { approvalId: OTHER, verification, final: false };
    showMission({ status: "COMPLETED", outcome: "recovered", looksAgainAt: LATER }, [
      event(1, "verified", verified),
    ]);
    open(`/missions/${MISSION}/change`, "OPERATOR");
    expect(
      await screen.findByText(/looked at again at .*Until then this is the result so far/),
    ).toBeDefined();
    expect(screen.getByText("Recovered so far")).toBeDefined();
    await userEvent.click(screen.getByRole("link", { name: "Report" }));
    expect(await screen.findByText(/Until then this is the result so far/)).toBeDefined();
  });
});
