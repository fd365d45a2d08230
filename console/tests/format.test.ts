import { describe, expect, it } from "vitest";
import { quantity } from "@/format/quantity";
import { stripMarkdown, truncate, visible } from "@/format/text";
import { age, span, times } from "@/format/time";
import { de } from "@/i18n/de";
import { en } from "@/i18n/en";

describe("text from outside", () => {
  it("writes out what is unseen or turns text around", () => {
    expect(visible("a\u202eb\u200bc\ufeff")).toBe("a⟨U+202E⟩b⟨U+200B⟩c⟨U+FEFF⟩");
    expect(visible("tag \u{e0041}")).toBe("tag ⟨U+E0041⟩");
    expect(visible("a\u0000b\r\nc")).toBe("a⟨U+0000⟩b\nc");
  });
  it("leaves languages alone", () => {
    for (const text of ["naïve Ärger", "日本語", "مرحبا", "नमस्ते", "👍"]) expect(visible(text)).toBe(text);
  });
  it("cuts towers of marks", () => {
    expect(visible(`e${"\u0301".repeat(60)}x`)).toBe("e\u0301\u0301…x");
  });
  it("makes one line of at most so many characters", () => {
    expect(truncate("a\n  b")).toBe("a b");
    expect(truncate("x".repeat(10_000), 80)).toHaveLength(80);
  });
  it("drops the signs of Markdown, not the words", () => {
    expect(stripMarkdown("## It **began** in `web`")).toBe("It began in web");
  });
});

describe("numbers and times", () => {
  it.each([
    [134_217_728, "bytes", "128 MiB"],
    [0.1234, "ratio", "12.3 %"],
    [0.000012, "ratio", "0 %"],
    [0.25, "seconds", "250 ms"],
    [1.5, "s", "1.5 s"],
    [12, "req/s", "12 req/s"],
    [null, "s", "–"],
  ])("%s %s is %s", (value, unit, told) => expect(quantity(value, unit)).toBe(told));
  it.each([
    [850, "850 ms"],
    [12_000, "12 s"],
    [125_000, "2 min 5 s"],
    [3_900_000, "1 h 5 min"],
    [260_000_000, "3 d"],
  ])("%s ms is %s", (ms, told) => expect(span(ms)).toBe(told));
  it.each([
    [12_900, "12 s"],
    [72_000, "1 min"],
    [3_900_000, "1 h"],
    [260_000_000, "3 d"],
  ])("%s ms ago is %s", (ms, told) => expect(age(ms)).toBe(told));
  it("tells times in UTC where that is wanted", () => {
    expect(times({ zone: "utc", language: "en" }).clock("2026-03-01T12:30:05Z")).toBe("12:30:05");
  });
});

describe("the catalogs", () => {
  it("have the same places for values in both languages", () => {
    const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort().join();
    for (const key of Object.keys(en) as (keyof typeof en)[])
      expect([key, places(de[key])]).toEqual([key, places(en[key])]);
  });
});
