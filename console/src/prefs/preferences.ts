import { useSyncExternalStore } from "react";

export type Preferences = {
  theme: "system" | "light" | "dark";
  density: "compact" | "comfortable";
  language: "en" | "de";
  zone: "local" | "utc";
  alerts: boolean;
};

const KEY = "ops-agent.preferences";
const FIRST: Preferences = {
  theme: "system",
  density: "compact",
  language: navigator.language.startsWith("de") ? "de" : "en",
  zone: "local",
  alerts: false,
};

const CHOICES: { [Name in keyof Preferences]: readonly Preferences[Name][] } = {
  theme: ["system", "light", "dark"],
  density: ["compact", "comfortable"],
  language: ["en", "de"],
  zone: ["local", "utc"],
  alerts: [true, false],
};

/** What the browser kept, as far as it is one of the choices: anybody can write there. */
function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    const known = Object.entries(CHOICES).filter(([name, choices]) =>
      (choices as readonly unknown[]).includes(kept[name]),
    );
    return { ...FIRST, ...Object.fromEntries(known.map(([name]) => [name, kept[name]])) };
  } catch {
    return FIRST;
  }
}

let now = read();
const ears = new Set<() => void>();
const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

function show() {
  const root = document.documentElement;
  root.dataset.theme = now.theme === "system" ? (dark?.matches ? "dark" : "light") : now.theme;
  root.dataset.density = now.density;
  root.lang = now.language;
}

export function setPreferences(change: Partial<Preferences>) {
  now = { ...now, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // a private window: kept for this page only
  }
  show();
  for (const ear of ears) ear();
}

/** Before the first paint, and when the system's theme turns. */
export function applyPreferences() {
  show();
  dark?.addEventListener("change", show);
}

export const preferences = () => now;

export const subscribePreferences = (ear: () => void) => {
  ears.add(ear);
  return () => {
    ears.delete(ear);
  };
};

export const usePreferences = () => useSyncExternalStore(subscribePreferences, preferences);
