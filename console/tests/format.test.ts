import { describe, expect, it } from "vitest";
import { formatsFor } from "@/format/formats";
import { stripMarkdown, truncate, visible } from "@/format/text";
import { loadLanguage, type Message, translate } from "@/i18n";
import { de } from "@/i18n/de";
import { en, type Key } from "@/i18n/en";
import { setPreferences } from "@/prefs/preferences";

describe("untrusted text", () => {
  it("shows invisible characters and those that change the direction", () => {
    expect(visible("a\u202eb\u200bc\ufeff")).toBe("a⟨U+202E⟩b⟨U+200B⟩c⟨U+FEFF⟩");
    expect(visible("tag \u{e0041}")).toBe("tag ⟨U+E0041⟩");
    expect(visible("a\u0000b\r\nc")).toBe("a⟨U+0000⟩b\nc");
  });
  it("does not change normal text of any language", () => {
    for (const text of ["naïve Ärger", "日本語", "مرحبا", "नमस्ते", "👍"]) expect(visible(text)).toBe(text);
  });
  it("limits stacked marks", () => {
    expect(visible(`e${"\u0301".repeat(60)}x`)).toBe("e\u0301\u0301…x");
  });
  it("is truncated to one line", () => {
    expect(truncate("a\n  b")).toBe("a b");
    expect(truncate("x".repeat(10_000), 80)).toHaveLength(80);
  });
  it("loses the signs of Markdown, not the text", () => {
    expect(stripMarkdown("## It **began** in `web`")).toBe("It began in web");
  });
});

const english = formatsFor({ language: "en", zone: "utc" });
const german = formatsFor({ language: "de", zone: "utc" });
/** Intl separates a number from its unit by a no-break space. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("numbers and times", () => {
  it.each([
    [134_217_728, "bytes", "128 MiB", "128 MiB"],
    [0.1234, "ratio", "12.3%", "12,3 %"],
    [0.000012, "ratio", "0%", "0 %"],
    [0.25, "seconds", "250 ms", "250 ms"],
    [1.5, "s", "1.5 s", "1,5 s"],
    [1500, "milliseconds", "1.5 s", "1,5 s"],
    [250_000, "microseconds", "250 ms", "250 ms"],
    [2.5, "percent", "2.5%", "2,5 %"],
    [12_345, "req/s", "12,300 req/s", "12.300 req/s"],
    [0.000123, "", "0.000123", "0,000123"],
    [null, "s", "–", "–"],
  ])("show %s %s as %s and as %s", (value, unit, inEnglish, inGerman) => {
    expect(plain(english.quantity(value, unit))).toBe(inEnglish);
    expect(plain(german.quantity(value, unit))).toBe(inGerman);
  });
  it.each([
    [850, "850 ms"],
    [12_000, "12 s"],
    [125_000, "2 min 5 s"],
    [120_000, "2 min"],
    [900_000, "15 min"],
    [3_900_000, "1 h 5 min"],
    [260_000_000, "3 d"],
  ])("show %s ms as a duration of %s", (ms, text) => expect(plain(english.duration(ms))).toBe(text));
  it.each([
    [12_900, "12 s"],
    [72_000, "1 min"],
    [3_900_000, "1 h"],
    [260_000_000, "3 d"],
  ])("show %s ms as an age of %s", (ms, text) => expect(plain(english.age(ms))).toBe(text));
  it("show the distance from now in words", () => {
    expect(english.fromNow(-300_000)).toBe("5 minutes ago");
    expect(german.fromNow(30_000)).toBe("in 30 Sekunden");
  });
  it("show percentages as the language writes them", () => {
    expect(english.percent(0.92)).toBe("92%");
    expect(plain(german.percent(0.92))).toBe("92 %");
  });
  it("show times in the chosen zone, and name it beside a date", () => {
    expect(english.time("2026-03-01T12:30:05Z")).toBe("12:30:05");
    expect(english.dateTime("2026-03-01T12:30:05Z")).toBe("1 Mar 2026, 12:30:05 UTC");
    expect(german.dateTime("2026-03-01T12:30:05Z")).toBe("01.03.2026, 12:30:05 UTC");
  });
});

describe("the catalogs", () => {
  const placeholders = (message: Message) => {
    const texts = typeof message === "string" ? [message] : [message.other];
    return texts.map((text) => (text.match(/\{\w+\}/g) ?? []).sort().join());
  };

  it("have the same placeholders and plurals in both languages", () => {
    for (const key of Object.keys(en) as Key[]) {
      expect([key, typeof de[key]]).toEqual([key, typeof en[key]]);
      expect([key, placeholders(de[key])]).toEqual([key, placeholders(en[key])]);
    }
  });
  it("have a singular and a plural, with numbers of the language", async () => {
    expect(translate("missionCount", { n: 1 })).toBe("1 mission");
    expect(translate("missionCount", { n: 1234 })).toBe("1,234 missions");
    setPreferences({ language: "de" });
    await loadLanguage();
    expect(translate("missionCount", { n: 1 })).toBe("1 Mission");
    expect(translate("missionCount", { n: 1234 })).toBe("1.234 Missionen");
    setPreferences({ language: "en" });
  });
});
