import { type Preferences, usePreferences } from "@/prefs/preferences";

/** Numbers, durations and times in the user's language and time zone. `null` and NaN are shown as a dash. */
export type Formats = ReturnType<typeof createFormats>;

type Choice = Pick<Preferences, "language" | "zone">;

const LOCALES = { en: "en-GB", de: "de-DE" } as const;
const DASH = "–";
/** Keeps a number and its unit on one line. */
const SPACE = "\u00a0";
const THREE_DIGITS = { maximumSignificantDigits: 3, roundingPriority: "lessPrecision" } as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function createFormats({ language, zone }: Choice) {
  const locale = LOCALES[language];
  const numbers = (options?: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value: number) => format.format(value);
  };
  const times = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, {
      ...options,
      ...(zone === "utc" && { timeZone: "UTC" }),
    });
    return (at: string | number) => format.format(new Date(at));
  };
  const number = numbers();
  const measure = numbers({ ...THREE_DIGITS, maximumFractionDigits: 6 });
  const ratio = numbers({ ...THREE_DIGITS, maximumFractionDigits: 2, style: "percent" });
  const percent = numbers({ style: "percent" });
  const plurals = new Intl.PluralRules(locale);
  const relative = new Intl.RelativeTimeFormat(locale);
  // The symbols ms, s, min, h and d are the same in every language.
  const amount = (value: number, unit: string) => `${number(value)}${SPACE}${unit}`;

  /** A measured value with three digits and its unit: bytes as MiB, shares as percent. */
  function quantity(value: number | null | undefined, unit = ""): string {
    if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
    switch (unit.toLowerCase()) {
      case "bytes":
      case "byte":
      case "b":
        return `${measure(value / 1024 ** 2)}${SPACE}MiB`;
      case "ratio":
        return ratio(value);
      case "percent":
      case "%":
        return ratio(value / 100);
      case "ms":
      case "milliseconds":
        return quantity(value / 1e3, "s");
      case "us":
      case "µs":
      case "microseconds":
        return quantity(value / 1e6, "s");
      case "ns":
      case "nanoseconds":
        return quantity(value / 1e9, "s");
      case "s":
      case "sec":
      case "seconds":
        return value >= 1 ? `${measure(value)}${SPACE}s` : `${measure(1000 * value)}${SPACE}ms`;
      default:
        return unit ? `${measure(value)}${SPACE}${unit}` : measure(value);
    }
  }

  /** At most two units: 850 ms, 12 s, 4 min 5 s, 2 h 5 min, 3 d. */
  function duration(ms: number): string {
    if (ms < 1000) return amount(Math.max(0, Math.round(ms)), "ms");
    const seconds = Math.round(ms / 1000);
    const [minutes, hours] = [Math.floor(seconds / MINUTE), Math.floor(seconds / HOUR)];
    const two = (first: string, rest: number, unit: string) =>
      rest ? `${first} ${amount(rest, unit)}` : first;
    if (minutes < 1) return amount(seconds, "s");
    if (minutes < 10) return two(amount(minutes, "min"), seconds % MINUTE, "s");
    if (hours < 1) return amount(minutes, "min");
    if (hours < 48) return two(amount(hours, "h"), minutes % 60, "min");
    return amount(Math.floor(seconds / DAY), "d");
  }

  /** One unit, rounded down, for lists: it changes rarely. */
  function age(ms: number): string {
    const seconds = Math.floor(ms / 1000);
    if (seconds < MINUTE) return amount(seconds, "s");
    if (seconds < HOUR) return amount(Math.floor(seconds / MINUTE), "min");
    if (seconds < 2 * DAY) return amount(Math.floor(seconds / HOUR), "h");
    return amount(Math.floor(seconds / DAY), "d");
  }

  /** "5 minutes ago" for -300,000 ms, "in 5 minutes" for 300,000 ms. */
  function fromNow(ms: number): string {
    const seconds = Math.round(ms / 1000);
    if (Math.abs(seconds) < MINUTE) return relative.format(seconds, "second");
    if (Math.abs(seconds) < HOUR) return relative.format(Math.round(seconds / MINUTE), "minute");
    return relative.format(Math.round(seconds / HOUR), "hour");
  }

  return {
    number,
    /** 0.92 as 92 %. */
    percent,
    quantity,
    duration,
    age,
    fromNow,
    /** The plural form of a count. English and German have two. */
    plural: (count: number) => (plurals.select(count) === "one" ? "one" : "other"),
    /** 12:30:05 */
    time: times({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    /** With the date and the time zone. */
    dateTime: times({ dateStyle: "medium", timeStyle: "long" }),
    /** With day and month, for lists. */
    shortDateTime: times({ day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" }),
  } as const;
}

const cache = new Map<string, Formats>();

/** Creates the formats once for each language and zone: an Intl formatter is slow to create. */
export function formatsFor({ language, zone }: Choice): Formats {
  const key = `${language} ${zone}`;
  const formats = cache.get(key) ?? createFormats({ language, zone });
  cache.set(key, formats);
  return formats;
}

export const useFormats = (): Formats => formatsFor(usePreferences());
