import { useEffect, useState, useSyncExternalStore } from "react";
import { type Preferences, usePreferences } from "@/prefs/preferences";

let now = Date.now();
const ears = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, once a second, by one clock for the whole page. */
export const useNow = () =>
  useSyncExternalStore(
    (ear) => {
      ears.add(ear);
      timer ??= setInterval(() => {
        now = Date.now();
        for (const one of ears) one();
      }, 1000);
      return () => {
        ears.delete(ear);
        if (ears.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    () => now,
  );

/** Whether a moment has passed; tells once, when it does. */
export function usePast(at: string): boolean {
  const [past, setPast] = useState(() => Date.parse(at) <= Date.now());
  useEffect(() => {
    const left = Date.parse(at) - Date.now();
    setPast(left <= 0);
    if (left <= 0) return;
    const timer = setTimeout(() => setPast(true), Math.min(left, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [at]);
  return past;
}

/** 850 ms, 12 s, 4 min, 2 h 05, 3 d: at most two units. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return minutes < 10 && seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** How long ago, in the one unit that matters: for lists, where it changes rarely. */
export function age(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

export type Times = {
  clock: (at: string) => string;
  full: (at: string) => string;
  day: (at: string) => string;
};

export function times({ zone, language }: Pick<Preferences, "zone" | "language">): Times {
  const place = zone === "utc" ? { timeZone: "UTC" } : {};
  const locale = language === "de" ? "de-DE" : "en-GB";
  const made = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...place, ...options });
    return (at: string) => format.format(new Date(at));
  };
  return {
    clock: made({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    full: made({ dateStyle: "medium", timeStyle: "long" }),
    day: made({ day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" }),
  };
}

const known = new Map<string, Times>();

/** Times in the zone that the person chose. Made once for each choice: a formatter takes long to make. */
export function useTimes(): Times {
  const { zone, language } = usePreferences();
  const key = `${zone} ${language}`;
  const made = known.get(key) ?? times({ zone, language });
  known.set(key, made);
  return made;
}
