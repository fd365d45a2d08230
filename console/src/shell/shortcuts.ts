import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Ctrl/Cmd-K, ?, g m / g a / g s, c, /: not while somebody types, nor over a dialog. */
export function useShortcuts({ palette, keys }: { palette: () => void; keys: () => void }) {
  const navigate = useNavigate();
  useEffect(() => {
    let went = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const afterG = Date.now() - went < 1000;
      went = 0;
      const places = { m: "/missions", a: "/approvals", s: "/settings" } as const;
      if (afterG && event.key in places) {
        event.preventDefault();
        void navigate({ to: places[event.key as keyof typeof places] as "/missions" });
      } else if (event.key === "g") went = Date.now();
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
