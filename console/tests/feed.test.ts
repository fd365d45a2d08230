import { QueryClient } from "@tanstack/react-query";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import type { MissionResponse } from "@/api/schema";
import { fill, missionQuery, withSteps } from "@/live/mission";
import { MISSION, mission, missionRights, step } from "./page";
import { server } from "./setup";

const detail = (...seqs: number[]): MissionResponse => ({
  mission: mission({ lastSeq: seqs.at(-1) ?? 0 }),
  steps: seqs.map((seq) => step(seq)),
  you: missionRights(),
});
const seqs = (of: MissionResponse | undefined) => of?.steps.map((one) => one.seq);

describe("a mission's feed", () => {
  it("takes what follows, once", () => {
    const once = withSteps(detail(1, 2), [step(3)]);
    expect(seqs(once)).toEqual([1, 2, 3]);
    expect(withSteps(once, [step(3)])).toBe(once);
  });
  it("leaves out what comes too early: a gap is filled from the table", () => {
    expect(seqs(withSteps(detail(1), [step(3)]))).toEqual([1]);
  });
  it("never goes back to an older mission", () => {
    const now = detail(1, 2, 3);
    expect(withSteps(now, [], mission({ lastSeq: 2, status: "PENDING" })).mission.status).toBe("RUNNING");
  });
  it("reads on until the table's last number, and asks once at a time", async () => {
    const client = new QueryClient();
    const { queryKey } = missionQuery(MISSION);
    client.setQueryData(queryKey, detail(1));
    const asked: string[] = [];
    server.use(
      http.get(new URL(`/api/missions/${MISSION}/events`, location.origin).href, ({ request }) => {
        const after = Number(new URL(request.url).searchParams.get("after"));
        asked.push(String(after));
        const steps = [after + 1, after + 2].filter((seq) => seq <= 5).map((seq) => step(seq));
        return HttpResponse.json({
          events: [],
          steps,
          mission: mission({ lastSeq: 5 }),
          lastSeq: 5,
          you: missionRights(),
        });
      }),
    );
    await Promise.all([fill(client, MISSION), fill(client, MISSION)]);
    expect(seqs(client.getQueryData(queryKey))).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual(["1", "3"]);
  });
});
