import { useMemo } from "react";
import { de } from "@/i18n/de";
import { en, type Key } from "@/i18n/en";
import { preferences, usePreferences } from "@/prefs/preferences";

const CATALOGS = { en, de };

export type Translate = (key: Key, values?: Record<string, string | number>) => string;

function translator(language: "en" | "de"): Translate {
  const catalog = CATALOGS[language];
  return (key, values) =>
    catalog[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));
}

/** The words of the interface in the person's language. */
export function useT(): Translate {
  const { language } = usePreferences();
  return useMemo(() => translator(language), [language]);
}

/** The same, outside of what React draws. */
export const say: Translate = (key, values) => translator(preferences().language)(key, values);

/** A word of the API (a status, a role) where the catalog has one; as it is where it has none. */
export function word(t: Translate, group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in en ? t(key as Key) : value.replaceAll("_", " ").toLowerCase();
}
