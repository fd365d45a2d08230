import { useMemo, useRef } from "react";
import type { Mission } from "@/api/schema";

/**
 * Keeps the order of the rows while the focus is in the list: rows change in place, and new missions wait.
 * Returns the rows to show and the number of missions that wait.
 */
export function useStableOrder(missions: Mission[], frozen: boolean): { shown: Mission[]; newCount: number } {
  const order = useRef<string[]>([]);
  return useMemo(() => {
    const byId = new Map(missions.map((mission) => [mission.id, mission]));
    const previous = new Set(order.current);
    if (!frozen || previous.size === 0) order.current = [...byId.keys()];
    else {
      // What follows the last known row is the next page: it is below, so it moves nothing.
      const lastKnown = missions.findLastIndex(({ id }) => previous.has(id));
      const nextPage = missions.slice(lastKnown + 1).map(({ id }) => id);
      order.current = [...order.current.filter((id) => byId.has(id)), ...nextPage];
    }
    const shown = order.current.flatMap((id) => byId.get(id) ?? []);
    return { shown, newCount: missions.length - shown.length };
  }, [missions, frozen]);
}
