import { useEffect, useState } from "react";
import { createStore } from "@/store";

const clock = createStore(Date.now(), (set) => {
  set(Date.now()); // the last value can be old: the timer stops with the last listener
  const timer = setInterval(() => set(Date.now()), 1000);
  return () => clearInterval(timer);
});

/** The time in milliseconds, updated every second by one timer for the whole page. */
export const useNow = clock.use;

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Whether a moment has passed. Renders once, when it does. */
export function useHasPassed(at: string): boolean {
  const [passed, setPassed] = useState(() => Date.parse(at) <= Date.now());
  useEffect(() => {
    const left = Date.parse(at) - Date.now();
    setPassed(left <= 0);
    if (left <= 0) return;
    const timer = setTimeout(() => setPassed(true), Math.min(left, LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timer);
  }, [at]);
  return passed;
}
