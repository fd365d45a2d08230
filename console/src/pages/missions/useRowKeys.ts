import { useRef } from "react";

/**
 * Keys of the rows in the page, from the missions that they show.
 * Rows are used again by their place: in a fast scroll all of them are others with each frame, and to make them
 * anew takes twice as long. While somebody is in the list each mission keeps its own row: the focus stays on it.
 */
export function useRowKeys(ids: string[], held: boolean): number[] {
  const keys = useRef(new Map<string, number>());
  if (!held) keys.current = new Map(ids.map((id, place) => [id, place]));
  return ids.map((id) => {
    const key = keys.current.get(id) ?? keys.current.size;
    keys.current.set(id, key);
    return key;
  });
}
