import { useEffect, useState } from "react";
import type { EventView } from "@/api/schema";

const PACE_MS = 900;

export type Playback = { playing: boolean; toggle: () => void };

/** [ and ] go through the events, Space plays them, Escape returns to the live view. */
export function usePlayback(
  events: EventView[],
  at: number | null,
  go: (seq: number | null) => void,
): Playback {
  const [playing, setPlaying] = useState(false);
  const first = events[0]?.seq ?? 1;
  const last = events.at(-1)?.seq ?? 1;

  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      const next = (at ?? first - 1) + 1;
      if (next >= last) {
        setPlaying(false);
        go(null);
      } else go(next);
    }, PACE_MS);
    return () => clearTimeout(timer);
  }, [playing, at, first, last, go]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName))
        return;
      const current = at ?? last;
      if (event.key === "[") go(Math.max(first, current - 1));
      else if (event.key === "]") go(current + 1 >= last ? null : current + 1);
      else if (event.key === "Escape") go(null);
      else if (event.key === " " && event.target === document.body) {
        event.preventDefault();
        setPlaying((current) => !current);
      } else return;
      if (event.key !== " ") setPlaying(false);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [at, first, last, go]);

  const toggle = () => {
    if (!playing && at === null) go(first);
    setPlaying(!playing);
  };
  return { playing, toggle };
}
