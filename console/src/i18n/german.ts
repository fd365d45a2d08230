import { de } from "@/i18n/de";

const words = de as Record<string, string>;
const finding = (one: string) => (words[`finding.${one}`] ?? one).toLowerCase();
const outcome = (one: string) => (words[`outcome.${one}`] ?? one).toLowerCase();
const phase = (one: string) => words[`phase.${one}`] ?? one;

/** The API tells steps in English. What its sentences say in German; another sentence stays as it came. */
const GERMAN: [RegExp, (...parts: string[]) => string][] = [
  [/^(.+) asked$/s, (who) => `${who} hat gefragt`],
  [/^Mission started$/, () => "Mission begonnen"],
  [/^Plan: (\d+) pages to look at$/, (n) => `Plan: ${n} ${n === "1" ? "Seite" : "Seiten"} ansehen`],
  [/^Saw (.+) \((before|after)\)$/s, (title, when) => `${title} gesehen (${phase(when)})`],
  [
    /^(\d+) of (\d+) panels ready, (\d+) samples(.*)$/s,
    (ready, of, n, why) => `${ready} von ${of} Feldern bereit, ${n} Messwerte${why}`,
  ],
  [/^Diagnosis: (\w+)$/, (one) => `Diagnose: ${finding(one)}`],
  [/^Hypotheses after (\d+) pages?$/, (n) => `Hypothesen nach ${n} ${n === "1" ? "Seite" : "Seiten"}`],
  [/^(.+) pinned (\S+)$/s, (who, service) => `${who} hat ${service} angeheftet`],
  [/^(.+) ruled out (\S+)$/s, (who, service) => `${who} hat ${service} ausgeschlossen`],
  [/^(.+) added (\S+)$/s, (who, service) => `${who} hat ${service} hinzugefügt`],
  [/^Proposed: (.+)$/s, (action) => `Vorschlag: ${action}`],
  [/^Waiting for one other person$/, () => "Wartet auf eine andere Person"],
  [/^Waiting for (\d+) other people$/, (n) => `Wartet auf ${n} andere Personen`],
  [/^Approved by rule (.+)$/s, (rule) => `Durch Regel ${rule} freigegeben`],
  [/^(.+) approved$/s, (who) => `${who} hat freigegeben`],
  [/^(.+) denied$/s, (who) => `${who} hat abgelehnt`],
  [
    /^(.+) denied and wants the next candidate$/s,
    (who) => `${who} hat abgelehnt und möchte den nächsten Vorschlag`,
  ],
  [/^(.+) took the answer back$/s, (who) => `${who} hat die Antwort zurückgenommen`],
  [/^Reminded those who may decide$/, () => "Wer entscheiden darf, wurde erinnert"],
  [/^Told everybody that it waits$/, () => "Allen gesagt, dass es wartet"],
  [/^Paged: the time to decide is nearly over$/, () => "Alarmiert: Die Zeit zum Entscheiden ist fast vorbei"],
  [
    /^Approval (\w+)$/,
    (status) => `Freigabe: ${(words[`approval.${status.toUpperCase()}`] ?? status).toLowerCase()}`,
  ],
  [/^Action done$/, () => "Aktion ausgeführt"],
  [/^Action not done$/, () => "Aktion nicht ausgeführt"],
  [/^Verified: (\w+)$/, (one) => `Geprüft: ${outcome(one)}`],
  [/^Report written$/, () => "Bericht geschrieben"],
  [/^(.+) asked to stop$/s, (who) => `${who} möchte anhalten`],
  [/^(.+) deleted the mission$/s, (who) => `${who} hat die Mission gelöscht`],
  [/^Mission ended: (\w+)$/, (one) => `Mission beendet: ${outcome(one)}`],
];

export function inGerman(sentence: string): string {
  for (const [pattern, told] of GERMAN) {
    const parts = pattern.exec(sentence);
    if (parts) return told(...parts.slice(1));
  }
  return sentence;
}

export { de };
