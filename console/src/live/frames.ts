import { useEffect, useState } from "react";
import { listen, watchFrames } from "@/live/socket";

/** `doing` is what the agent does there, in the worker's words. */
/** `target` is the page that it shows, by its id in the plan. */
export type LiveFrame = { url: string; at: number; doing: string; target: string };

const STALE_MS = 5000;

/** Reads `{missionId, at, jpeg}` as one object, or as bytes beside their description. */
type Frame = { missionId: string; at: number; doing: string; target: string; bytes: BlobPart };

function read(content: unknown): Frame | null {
  if (typeof content !== "object" || content === null) return null;
  const frame = content as Record<string, unknown>;
  const bytes = [frame.jpeg, frame.bytes, frame.data].find((one) => one instanceof ArrayBuffer);
  if (typeof frame.missionId !== "string" || !bytes) return null;
  const at = typeof frame.at === "string" ? Date.parse(frame.at) : Date.now();
  const doing = typeof frame.doing === "string" ? frame.doing : "";
  const target = typeof frame.target === "string" ? frame.target : "";
  return { missionId: frame.missionId, at, doing, target, bytes: bytes as ArrayBuffer };
}

/** The newest live frame, of one page alone where `only` names it, while frames come; null where none came for five seconds. Stills where motion is unwanted. */
export function useFrame(missionId: string, wanted: boolean, only?: string): LiveFrame | null {
  const [shown, setShown] = useState<LiveFrame | null>(null);
  useEffect(() => {
    if (!wanted || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let url: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drop = () => {
      if (url) URL.revokeObjectURL(url);
      url = null;
    };
    const unsee = watchFrames(missionId);
    const stop = listen("mission:frame", (content) => {
      const frame = read(content);
      if (frame?.missionId !== missionId || (only && frame.target !== only)) return;
      const next = URL.createObjectURL(new Blob([frame.bytes], { type: "image/jpeg" }));
      drop();
      url = next;
      setShown({ url: next, at: frame.at, doing: frame.doing, target: frame.target });
      clearTimeout(timer);
      timer = setTimeout(() => {
        setShown(null);
        drop();
      }, STALE_MS);
    });
    return () => {
      stop();
      unsee();
      clearTimeout(timer);
      drop();
      setShown(null);
    };
  }, [missionId, wanted, only]);
  return shown;
}
