import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, type MouseEvent, useRef, type WheelEvent } from "react";
import { api, unwrap } from "@/api/client";
import type { BrowserInputRequest, EventView, Mission, MissionRights } from "@/api/schema";
import { useUser } from "@/api/session";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
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
/** Scroll events are collected this long before they are sent. */
const SCROLL_INTERVAL_MS = 250;

/** The state of the remote control of the mission's browser, and the requests to take it over and give it back. */
export function useBrowserControl(
  mission: Mission,
  you: MissionRights,
  events: EventView[],
  frame: LiveFrame | null,
) {
  const user = useUser();
  const now = useNow();
  const lease = mission.finishedAt ? null : browserControlOf(events, now);
  const path = { params: { path: { mission_id: mission.id } } };
  const takingOver = useMutation({
    mutationFn: (target: string) =>
      unwrap(api.POST("/api/missions/{mission_id}/takeover", { ...path, body: { target } })),
  });
  const scope = { id: `browser-input-${mission.id}` }; // requests run one after the other, in the order of the input
  const givingBack = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/missions/{mission_id}/takeover", path)),
    scope,
  });
  const sending = useMutation({
    mutationFn: (input: BrowserInput) =>
      unwrap(
        api.POST("/api/missions/{mission_id}/takeover/touches", {
          ...path,
          body: { x: 0, y: 0, dx: 0, dy: 0, text: "", ...input },
        }),
      ),
    scope,
  });
  return {
    lease,
    mine: lease?.person === user.id,
    target: you.mayControlBrowser ? (lease?.target ?? frame?.target) : undefined,
    takingOver,
    givingBack,
    send: (input: BrowserInput) => sending.mutate(input),
    error: takingOver.error ?? givingBack.error ?? sending.error,
  };
}

export type BrowserControl = ReturnType<typeof useBrowserControl>;

export function BrowserControlBar({ control }: { control: BrowserControl }) {
  const t = useT();
  const { duration } = useFormats();
  const now = useNow();
  const { lease, mine, target } = control;
  return (
    <div className="ml-auto flex shrink-0 items-center gap-2 text-xs text-ink-2">
      {control.error && (
        <span role="alert" className="text-danger">
          {control.error.message}
        </span>
      )}
      {lease && (
        <span className="num">
          {mine
            ? t("youControlBrowser", { time: duration(Date.parse(lease.until) - now) })
            : t("otherControlsBrowser", { name: lease.name })}
        </span>
      )}
      {lease && mine ? (
        <Button
          small
          kind="primary"
          busy={control.givingBack.isPending}
          onClick={() => control.givingBack.mutate()}
        >
          {t("giveBack")}
        </Button>
      ) : (
        !lease &&
        target && (
          <Button small busy={control.takingOver.isPending} onClick={() => control.takingOver.mutate(target)}>
            {t("takeOver")}
          </Button>
        )
      )}
    </div>
  );
}

/** The browser under the user's control: input on the image goes to the page. */
export function ControlledBrowser({ src, control }: { src: string; control: BrowserControl }) {
  const t = useT();
  const scrolled = useRef({ at: 0, dx: 0, dy: 0 });
  const onClick = (event: MouseEvent<HTMLImageElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const fraction = (at: number, size: number) => Math.min(1, Math.max(0, at / size));
    control.send({
      gesture: "click",
      x: fraction(event.clientX - box.left, box.width),
      y: fraction(event.clientY - box.top, box.height),
    });
  };
  const onWheel = (event: WheelEvent) => {
    const total = scrolled.current;
    total.dx += event.deltaX;
    total.dy += event.deltaY;
    if (event.timeStamp - total.at < SCROLL_INTERVAL_MS) return;
    const pixels = (size: number) => Math.round(Math.min(2000, Math.max(-2000, size)));
    control.send({ gesture: "scroll", dx: pixels(total.dx), dy: pixels(total.dy) });
    scrolled.current = { at: event.timeStamp, dx: 0, dy: 0 };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape") return; // Escape leaves the image
    const key = KEYS.find((name) => name === event.key);
    if (!key && event.key.length !== 1) return;
    event.preventDefault();
    event.stopPropagation();
    control.send(key ? { gesture: "key", key } : { gesture: "type", text: event.key });
  };
  return (
    <img
      src={src}
      alt={t("controlledBrowserAlt")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys go to the page in the image
      tabIndex={0}
      draggable={false}
      onClick={onClick}
      onWheel={onWheel}
      onKeyDown={onKeyDown}
      className="max-h-full max-w-full cursor-crosshair outline-2 outline-accent"
    />
  );
}
