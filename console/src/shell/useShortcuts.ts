import { useNavigate } from "@tanstack/react-router";
import { useLayoutEffect, useRef } from "react";

const isTextInput = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The second key of a sequence counts this long after g. */
const GO_MS = 1500;

/** Ctrl/Cmd-K, ?, g m / g a / g s, c and /. They are off in text inputs and under dialogs. */
export function useShortcuts({ palette, keys }: { palette: () => void; keys: () => void }) {
  const navigate = useNavigate();
  const lastG = useRef(Number.NEGATIVE_INFINITY); // a render between the two keys must not lose it
  // A layout effect: the keys work as soon as the page is visible.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTextInput(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const afterG = event.timeStamp - lastG.current < GO_MS; // a busy page handles the events late
      lastG.current = Number.NEGATIVE_INFINITY;
      const destinations = { m: "/missions", a: "/approvals", s: "/settings" } as const;
      if (afterG && event.key in destinations) {
        event.preventDefault();
        void navigate({ to: destinations[event.key as keyof typeof destinations] as "/missions" });
      } else if (event.key === "g") lastG.current = event.timeStamp;
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
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [navigate, palette, keys]);
}
