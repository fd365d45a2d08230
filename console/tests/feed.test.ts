import { QueryClient } from "@tanstack/react-query";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import type { EventListResponse } from "@/api/schema";
import { fill, missionQuery, withEvents } from "@/live/mission";
import { MISSION, mission, missionRights, started } from "./page";
import { server } from "./setup";

const known = (...seqs: number[]): EventListResponse => ({
  mission: mission({ lastSeq: seqs.at(-1) ?? 0 }),
  events: seqs.map((seq) => started(seq)),
  lastSeq: seqs.at(-1) ?? 0,
  you: missionRights(),
});
const seqs = (of: EventListResponse | undefined) => of?.events.map((event) => event.seq);

describe("a mission's feed", () => {
  it("takes what follows, once", () => {
    const once = withEvents(known(1, 2), [started(3)]);
    expect(seqs(once)).toEqual([1, 2, 3]);
    expect(withEvents(once, [started(3)])).toBe(once);
  });
  it("leaves out what comes too early: a gap is filled from the table", () => {
    expect(seqs(withEvents(known(1), [started(3)]))).toEqual([1]);
  });
  it("never goes back to an older mission", () => {
    const now = known(1, 2, 3);
    expect(withEvents(now, [], mission({ lastSeq: 2, status: "PENDING" })).mission.status).toBe("RUNNING");
  });
  const pages = () => {
    const asked: string[] = [];
    server.use(
      http.get(new URL(`/api/missions/${MISSION}/events`, location.origin).href, ({ request }) => {
        const after = Number(new URL(request.url).searchParams.get("after"));
        asked.push(String(after));
        const events = [after + 1, after + 2].filter((seq) => seq <= 5).map((seq) => started(seq));
        const page = { events, mission: mission({ lastSeq: 5 }), lastSeq: 5, you: missionRights() };
        return HttpResponse.json(page);
      }),
    );
    return asked;
  };
  it("begins with all events, however many pages of answers they take", async () => {
    const asked = pages();
    expect(seqs(await new QueryClient().fetchQuery(missionQuery(MISSION)))).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual(["0", "2", "4"]);
  });
  it("reads on until the table's last number, and asks once at a time", async () => {
    const client = new QueryClient();
    const { queryKey } = missionQuery(MISSION);
    client.setQueryData(queryKey, known(1));
    const asked = pages();
    await Promise.all([fill(client, MISSION), fill(client, MISSION)]);
    expect(seqs(client.getQueryData(queryKey))).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual(["1", "3"]);
  });
});
