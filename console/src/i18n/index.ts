import { useMemo } from "react";
import { formatsFor } from "@/format/formats";
import { en, type Key } from "@/i18n/en";
import { preferences, usePreferences } from "@/prefs/preferences";
import { createStore } from "@/store";

type German = typeof import("@/i18n/de");

/** A text, or one for each plural form of `n`. */
export type Message = string | { one: string; other: string };
/** Numbers are formatted in the language of the text. */
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

/** The German catalog is loaded on demand, to keep the first load small. */
const germanStore = createStore<German | null>(null);

export async function loadLanguage() {
  if (preferences().language === "de" && !germanStore.get()) germanStore.set(await import("@/i18n/de"));
}

/** The German catalog when the user has chosen German and it is loaded. */
function useGerman(): German | null {
  const german = germanStore.use();
  return usePreferences().language === "de" ? german : null;
}

function translator(german: German | null): Translate {
  const catalog: Record<Key, Message> = german?.de ?? en;
  const { number, plural } = formatsFor({ language: german ? "de" : "en", zone: "local" });
  return (key, values = {}) => {
    const message = catalog[key];
    const text = typeof message === "string" ? message : message[plural(Number(values.n))];
    return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = values[name] ?? placeholder;
      return typeof value === "number" ? number(value) : value;
    });
  };
}

/** The texts of the interface in the user's language. */
export function useT(): Translate {
  const german = useGerman();
  return useMemo(() => translator(german), [german]);
}

/** The same outside of components. */
export const translate: Translate = (key, values) =>
  translator(preferences().language === "de" ? germanStore.get() : null)(key, values);

/** The text for a value of the API (a status, a role), or the value itself where the catalog has none. */
export function word(t: Translate, group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in en ? t(key as Key) : value.replaceAll("_", " ").toLowerCase();
}
