import { useMemo, useRef } from "react";
import type { Mission } from "@/api/schema";

/**
 * While somebody is in the list nothing moves under them: rows change in place, new ones wait behind a button.
 * Returns what to show and how many wait.
 */
export function useStableOrder(missions: Mission[], held: boolean): { shown: Mission[]; fresh: number } {
  const order = useRef<string[]>([]);
  return useMemo(() => {
    const known = new Map(missions.map((one) => [one.id, one]));
    const kept = new Set(order.current);
    if (!held || order.current.length === 0) order.current = missions.map((one) => one.id);
    else {
      const lastKept = missions.findLastIndex((one) => kept.has(one.id));
      const behind = missions.slice(lastKept + 1).map((one) => one.id); // the next page: below, it moves nothing
      const next = behind.filter((id) => !kept.has(id));
      order.current = [...order.current.filter((id) => known.has(id)), ...next];
    }
    const shown = order.current.flatMap((id) => known.get(id) ?? []);
    return { shown, fresh: missions.length - shown.length };
  }, [missions, held]);
}
