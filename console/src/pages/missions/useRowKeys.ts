import { useRef } from "react";

/**
 * React keys for the visible rows. By default a key is a position, so that fast scrolling reuses the elements:
 * creating them takes twice as long. While the focus is in the list (`stable`) a mission keeps its element.
 */
export function useRowKeys(ids: string[], stable: boolean): number[] {
  const keys = useRef(new Map<string, number>());
  if (!stable) keys.current = new Map(ids.map((id, index) => [id, index]));
  return ids.map((id) => {
    const key = keys.current.get(id) ?? keys.current.size;
    keys.current.set(id, key);
    return key;
  });
}
