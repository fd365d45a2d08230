import { useEffect, useState } from "react";
import { useSocket, watchBrowser } from "@/live/socket";
import type { Frame } from "@/live/socketEvents";

/** A frame as an image. `url` is an object URL; `doing` is the worker's description of what the agent does. */
export type LiveFrame = { url: string; at: number; doing: string; target: string };

const STALE_MS = 5000;

/**
 * The newest frame of a mission's browser, or of one page of it (`target`). Null when none came for five seconds,
 * and always when the user prefers reduced motion: then the page shows stills.
 */
export function useFrame(missionId: string, enabled: boolean, target?: string): LiveFrame | null {
  const socket = useSocket();
  const [shown, setShown] = useState<LiveFrame | null>(null);
  useEffect(() => {
    if (!socket || !enabled || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let url: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const release = () => {
      if (url) URL.revokeObjectURL(url);
      url = null;
    };
    const show = (frame: Frame) => {
      if (frame.missionId !== missionId || (target && frame.target !== target)) return;
      release();
      url = URL.createObjectURL(new Blob([frame.jpeg], { type: "image/jpeg" }));
      setShown({ url, at: Date.parse(frame.at), doing: frame.doing, target: frame.target });
      clearTimeout(timer);
      timer = setTimeout(() => {
        setShown(null);
        release();
      }, STALE_MS);
    };
    const stopWatching = watchBrowser(socket, missionId);
    socket.on("mission:frame", show);
    return () => {
      socket.off("mission:frame", show);
      stopWatching();
      clearTimeout(timer);
      release();
      setShown(null);
    };
  }, [socket, missionId, enabled, target]);
  return shown;
}
