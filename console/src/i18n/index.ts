import { useMemo, useSyncExternalStore } from "react";
import { en, type Key } from "@/i18n/en";
import { preferences, subscribePreferences } from "@/prefs/preferences";

type German = typeof import("@/i18n/german");

export type Translate = (key: Key, values?: Record<string, string | number>) => string;

/** The other language comes when somebody wants it: most never do, and a first load is short. */
let german: German | null = null;
const ears = new Set<() => void>();

export async function loadLanguage() {
  if (preferences().language !== "de" || german) return;
  german = await import("@/i18n/german");
  for (const ear of ears) ear();
}

const wanted = () => (preferences().language === "de" ? german : null);

/** The German catalog where the person chose it (and it has come); else null. */
export const useGerman = (): German | null =>
  useSyncExternalStore((ear) => {
    ears.add(ear);
    const stop = subscribePreferences(ear);
    return () => {
      ears.delete(ear);
      stop();
    };
  }, wanted);

function translator(chosen: German | null): Translate {
  const catalog = chosen?.de ?? en;
  return (key, values) =>
    catalog[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));
}

/** The words of the interface in the person's language. */
export function useT(): Translate {
  const chosen = useGerman();
  return useMemo(() => translator(chosen), [chosen]);
}

/** The same, outside of what React draws. */
export const say: Translate = (key, values) => translator(wanted())(key, values);

/** A word of the API (a status, a role) where the catalog has one; as it is where it has none. */
export function word(t: Translate, group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in en ? t(key as Key) : value.replaceAll("_", " ").toLowerCase();
}
