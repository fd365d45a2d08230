import { createStore } from "@/store";

const CHOICES = {
  theme: ["system", "light", "dark"],
  density: ["compact", "comfortable"],
  language: ["en", "de"],
  zone: ["local", "utc"],
  alerts: [true, false],
} as const;

export type Preferences = { [Name in keyof typeof CHOICES]: (typeof CHOICES)[Name][number] };

const KEY = "ops-agent.preferences";
const DEFAULTS: Preferences = {
  theme: "system",
  density: "compact",
  language: navigator.language.startsWith("de") ? "de" : "en",
  zone: "local",
  alerts: false,
};

/** The stored preferences. Any script or person can write to the storage, so only valid choices count. */
function load(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    const valid = Object.entries(CHOICES).filter(([name, choices]) =>
      (choices as readonly unknown[]).includes(stored[name]),
    );
    return { ...DEFAULTS, ...Object.fromEntries(valid.map(([name]) => [name, stored[name]])) };
  } catch {
    return DEFAULTS;
  }
}

const store = createStore(load());
const systemDark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

export const preferences = store.get;
export const subscribePreferences = store.subscribe;
export const usePreferences = store.use;

function applyToPage() {
  const { theme, density, language } = preferences();
  const root = document.documentElement;
  root.dataset.theme = theme === "system" ? (systemDark?.matches ? "dark" : "light") : theme;
  root.dataset.density = density;
  root.lang = language;
}

export function setPreferences(change: Partial<Preferences>) {
  store.set({ ...preferences(), ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences()));
  } catch {
    // A private window has no storage: the change lasts as long as the page.
  }
}

/** Applies the preferences before the first paint, and with each change of them or of the system's theme. */
export function startPreferences() {
  applyToPage();
  subscribePreferences(applyToPage);
  systemDark?.addEventListener("change", applyToPage);
}
