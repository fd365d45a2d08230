import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EventTitle } from "@/api/schema";
import type { Message, Translate } from "@/i18n";
import { de } from "@/i18n/de";
import { en } from "@/i18n/en";
import { eventTitle } from "@/live/renderEvent";

/** The kinds of event in the generated schema. */
function kinds(): string[] {
  const schema = readFileSync("src/api/schema.d.ts", "utf8");
  const payload = /^ {8}EventView: \{[\s\S]*?^ {12}payload: (.*);$/m.exec(schema)?.[1] ?? "";
  return [...payload.matchAll(/\["(\w+)"\]/g)]
    .map(([, name]) => name)
    .filter((name) => name !== "schemas")
    .map(
      (name) =>
        new RegExp(`^ {8}${name}: \\{[\\s\\S]*?^ {12}kind: "([\\w-]+)";$`, "m").exec(schema)?.[1] ?? "",
    );
}

const translator =
  (catalog: Record<string, Message>): Translate =>
  (key, values) =>
    String(catalog[key]).replace(/\{(\w+)\}/g, (_, name: string) => String(values?.[name]));

describe("the texts of events", () => {
  it("exist in both languages for each kind of the schema", () => {
    const allKinds = kinds();
    expect(allKinds.length).toBeGreaterThanOrEqual(21);
    expect(allKinds).not.toContain("");
    for (const catalog of [en, de]) {
      const keys = Object.keys(catalog);
      const missing = allKinds.filter(
        (kind) => !keys.some((key) => key === `event.${kind}` || key.startsWith(`event.${kind}.`)),
      );
      expect(missing).toEqual([]);
    }
  });

  const title = (kind: string, variant: string, values: EventTitle["values"]) => ({ kind, variant, values });
  it.each([
    [title("created", "", { name: "Olivia" }), "Requested by Olivia", "Angefragt von Olivia"],
    [title("planned", "", { pages: 3 }), "Plan: 3 pages to visit", "Plan: 3 Seiten besuchen"],
    [
      title("observed", "", { page: "Shop / web", phase: "after" }),
      "Visited Shop / web (after)",
      "Shop / web besucht (nachher)",
    ],
    [title("diagnosed", "", { verdict: "found" }), "Diagnosis: Cause found", "Diagnose: Ursache gefunden"],
    [
      title("decided", "denied-next", { name: "Ada" }),
      "Ada denied and wants the next candidate",
      "Ada hat abgelehnt und möchte den nächsten Kandidaten",
    ],
    [
      title("proposed", "", { action: "rollback payments (revision=1)" }),
      "Proposed: Roll back payments (revision=1)",
      "Vorschlag: Zurückrollen payments (revision=1)",
    ],
    [title("approval-closed", "expired", {}), "Approval expired", "Freigabe abgelaufen"],
    [title("closed", "", { outcome: "recovered" }), "Mission ended: Recovered", "Mission beendet: Erholt"],
    [
      title("closed", "so-far", { outcome: "recovered" }),
      "Mission ended, so far: Recovered",
      "Mission beendet, bisher: Erholt",
    ],
    [
      title("verified", "", { recovery: "still_bad_elsewhere" }),
      "Verified: Still bad elsewhere",
      "Geprüft: Anderswo gestört",
    ],
    [
      title("verified", "final", { recovery: "not_recovered" }),
      "Looked again: Not recovered",
      "Später nachgesehen: Nicht erholt",
    ],
    [title("summarized", "", {}), "summarized", "summarized"],
  ])("name $kind", (input, english, german) => {
    expect(eventTitle(translator(en), input)).toBe(english);
    expect(eventTitle(translator(de), input)).toBe(german);
  });
});
