import { QueryClient } from "@tanstack/react-query";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import type { EventListResponse } from "@/api/schema";
import { fill, missionQuery, withEvents } from "@/live/mission";
import { MISSION, mission, missionRights, started } from "./page";
import { server } from "./setup";

const detail = (...seqs: number[]): EventListResponse => ({
  mission: mission({ lastSeq: seqs.at(-1) ?? 0 }),
  events: seqs.map((seq) => started(seq)),
  lastSeq: seqs.at(-1) ?? 0,
  you: missionRights(),
});
const seqs = (of: EventListResponse | undefined) => of?.events.map((event) => event.seq);

describe("a mission's feed", () => {
  it("adds the next events once", () => {
    const extended = withEvents(detail(1, 2), [started(3)]);
    expect(seqs(extended)).toEqual([1, 2, 3]);
    expect(withEvents(extended, [started(3)])).toBe(extended);
  });
  it("drops an event after a gap: the gap is read from the API", () => {
    expect(seqs(withEvents(detail(1), [started(3)]))).toEqual([1]);
  });
  it("keeps the newest version of the mission", () => {
    const current = detail(1, 2, 3);
    expect(withEvents(current, [], mission({ lastSeq: 2, status: "PENDING" })).mission.status).toBe(
      "RUNNING",
    );
  });
  const pages = () => {
    const requested: string[] = [];
    server.use(
      http.get(new URL(`/api/missions/${MISSION}/events`, location.origin).href, ({ request }) => {
        const after = Number(new URL(request.url).searchParams.get("after"));
        requested.push(String(after));
        const events = [after + 1, after + 2].filter((seq) => seq <= 5).map((seq) => started(seq));
        const page = { events, mission: mission({ lastSeq: 5 }), lastSeq: 5, you: missionRights() };
        return HttpResponse.json(page);
      }),
    );
    return requested;
  };
  it("starts with all events, over several pages", async () => {
    const requested = pages();
    expect(seqs(await new QueryClient().fetchQuery(missionQuery(MISSION)))).toEqual([1, 2, 3, 4, 5]);
    expect(requested).toEqual(["0", "2", "4"]);
  });
  it("reads up to the last number, one request at a time", async () => {
    const client = new QueryClient();
    const { queryKey } = missionQuery(MISSION);
    client.setQueryData(queryKey, detail(1));
    const requested = pages();
    await Promise.all([fill(client, MISSION), fill(client, MISSION)]);
    expect(seqs(client.getQueryData(queryKey))).toEqual([1, 2, 3, 4, 5]);
    expect(requested).toEqual(["1", "3"]);
  });
});
