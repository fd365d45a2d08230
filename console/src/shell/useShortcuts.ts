import { useNavigate } from "@tanstack/react-router";
import { useLayoutEffect, useRef } from "react";

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** So long after g its second key counts. */
const GO_MS = 1500;

/** Ctrl/Cmd-K, ?, g m / g a / g s, c, /: not while somebody types, nor over a dialog. */
export function useShortcuts({ palette, keys }: { palette: () => void; keys: () => void }) {
  const navigate = useNavigate();
  const went = useRef(Number.NEGATIVE_INFINITY); // survives whatever is drawn between two keys
  // With the page's first frame, not after it: whoever sees the page may press.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const afterG = event.timeStamp - went.current < GO_MS; // of the keys: a busy page hears them late
      went.current = Number.NEGATIVE_INFINITY;
      const places = { m: "/missions", a: "/approvals", s: "/settings" } as const;
      if (afterG && event.key in places) {
        event.preventDefault();
        void navigate({ to: places[event.key as keyof typeof places] as "/missions" });
      } else if (event.key === "g") went.current = event.timeStamp;
      else if (event.key === "?") keys();
      else if (event.key === "c") void navigate({ to: "/new" });
      else if (event.key === "/") {
        const filter = document.querySelector<HTMLInputElement>("[data-filter]");
        if (filter) {
          event.preventDefault();
          filter.focus();
        }
      } else return;
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate, palette, keys]);
}
