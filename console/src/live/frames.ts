import { useEffect, useState } from "react";
import { listen, see } from "@/live/socket";

/** `doing` is what the agent does there, in the worker's words. */
export type Shown = { url: string; at: number; doing: string };

const STALE_MS = 5000;

/** Reads `{missionId, at, jpeg}` as one object, or as bytes beside their description. */
function read(content: unknown): { missionId: string; at: number; doing: string; bytes: BlobPart } | null {
  if (typeof content !== "object" || content === null) return null;
  const frame = content as Record<string, unknown>;
  const bytes = [frame.jpeg, frame.bytes, frame.data].find((one) => one instanceof ArrayBuffer);
  if (typeof frame.missionId !== "string" || !bytes) return null;
  const at = typeof frame.at === "string" ? Date.parse(frame.at) : Date.now();
  const doing = typeof frame.doing === "string" ? frame.doing : "";
  return { missionId: frame.missionId, at, doing, bytes: bytes as ArrayBuffer };
}

/** The newest live frame while frames come; null where none came for five seconds. Stills where motion is unwanted. */
export function useFrame(missionId: string, wanted: boolean): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    if (!wanted || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let url: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drop = () => {
      if (url) URL.revokeObjectURL(url);
      url = null;
    };
    const unsee = see(missionId);
    const stop = listen("mission:frame", (content) => {
      const frame = read(content);
      if (frame?.missionId !== missionId) return;
      const next = URL.createObjectURL(new Blob([frame.bytes], { type: "image/jpeg" }));
      drop();
      url = next;
      setShown({ url: next, at: frame.at, doing: frame.doing });
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
  }, [missionId, wanted]);
  return shown;
}
