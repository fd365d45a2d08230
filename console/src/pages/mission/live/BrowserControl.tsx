import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, type MouseEvent, useRef, type WheelEvent } from "react";
import { api, unwrap } from "@/api/client";
import type { BrowserInputRequest, EventView, Mission, MissionRights } from "@/api/schema";
import { useUser } from "@/api/session";
import { useNow, useTimes } from "@/format/time";
import { useT } from "@/i18n";
import type { LiveFrame } from "@/live/frames";
import { browserControlOf } from "@/live/story";
import { Button } from "@/ui/Button";

type BrowserInput = Partial<BrowserInputRequest> & Pick<BrowserInputRequest, "gesture">;

const KEYS = [
  "Enter",
  "Tab",
  "Backspace",
  "Delete",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "Home",
  "End",
  "PageUp",
  "PageDown",
] as const;
const WHEEL_MS = 250;

/** Who steers the browser now, and the means to take it over and to give it back. */
export function useBrowserControl(
  mission: Mission,
  you: MissionRights,
  events: EventView[],
  frame: LiveFrame | null,
) {
  const user = useUser();
  const now = useNow();
  const held = mission.finishedAt ? null : browserControlOf(events, now);
  const path = { params: { path: { mission_id: mission.id } } };
  const taking = useMutation({
    mutationFn: (target: string) =>
      unwrap(api.POST("/api/missions/{mission_id}/takeover", { ...path, body: { target } })),
  });
  const scope = { id: `touches-${mission.id}` }; // one after the other, in the order of the hand
  const giving = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/missions/{mission_id}/takeover", path)),
    scope, // what was typed before it arrives before it
  });
  const touching = useMutation({
    mutationFn: (touch: BrowserInput) =>
      unwrap(
        api.POST("/api/missions/{mission_id}/takeover/touches", {
          ...path,
          body: { x: 0, y: 0, dx: 0, dy: 0, text: "", ...touch },
        }),
      ),
    scope,
  });
  return {
    held,
    mine: held?.person === user.id,
    target: you.mayControlBrowser ? (held?.target ?? frame?.target) : undefined,
    taking,
    giving,
    touch: (touch: BrowserInput) => touching.mutate(touch),
    error: taking.error ?? giving.error ?? touching.error,
  };
}

export type BrowserControl = ReturnType<typeof useBrowserControl>;

export function BrowserControlBar({ helm }: { helm: BrowserControl }) {
  const t = useT();
  const { clock } = useTimes();
  const { held, mine, target } = helm;
  return (
    <div className="ml-auto flex shrink-0 items-center gap-2 text-xs text-ink-2">
      {helm.error && (
        <span role="alert" className="text-danger">
          {helm.error.message}
        </span>
      )}
      {held && (
        <span className="num">
          {mine ? t("inYourHands", { time: clock(held.until) }) : t("inHandsOf", { name: held.name })}
        </span>
      )}
      {held && mine ? (
        <Button small kind="primary" busy={helm.giving.isPending} onClick={() => helm.giving.mutate()}>
          {t("giveBack")}
        </Button>
      ) : (
        !held &&
        target && (
          <Button small busy={helm.taking.isPending} onClick={() => helm.taking.mutate(target)}>
            {t("takeOver")}
          </Button>
        )
      )}
    </div>
  );
}

/** The page in the person's hands: what is done on the picture is done on the page. */
export function ControlledBrowser({ src, helm }: { src: string; helm: BrowserControl }) {
  const t = useT();
  const rolled = useRef({ at: 0, dx: 0, dy: 0 });
  const click = (event: MouseEvent<HTMLImageElement>) => {
    const place = event.currentTarget.getBoundingClientRect();
    const part = (at: number, size: number) => Math.min(1, Math.max(0, at / size));
    helm.touch({
      gesture: "click",
      x: part(event.clientX - place.left, place.width),
      y: part(event.clientY - place.top, place.height),
    });
  };
  const roll = (event: WheelEvent) => {
    const held = rolled.current;
    held.dx += event.deltaX;
    held.dy += event.deltaY;
    if (event.timeStamp - held.at < WHEEL_MS) return;
    const pixels = (size: number) => Math.round(Math.min(2000, Math.max(-2000, size)));
    helm.touch({ gesture: "scroll", dx: pixels(held.dx), dy: pixels(held.dy) });
    rolled.current = { at: event.timeStamp, dx: 0, dy: 0 };
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape") return; // Escape lets go of the focus
    const key = KEYS.find((one) => one === event.key);
    if (!key && event.key.length !== 1) return;
    event.preventDefault();
    event.stopPropagation();
    helm.touch(key ? { gesture: "key", key } : { gesture: "type", text: event.key });
  };
  return (
    <img
      src={src}
      alt={t("steerAlt")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys are for the page that it shows
      tabIndex={0}
      draggable={false}
      onClick={click}
      onWheel={roll}
      onKeyDown={press}
      className="max-h-full max-w-full cursor-crosshair outline-2 outline-accent"
    />
  );
}
