/** What cannot be seen, or turns what is seen around: controls, bidi marks, zero-width, tags, BOM. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: marks that join are looked for one by one
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
/** More than two marks on one letter is a tower, not a language. */
const TOWER = /(\p{M}{2})\p{M}+/gu;

/** Text from outside, with everything unseen written out as ⟨U+202E⟩. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(
      UNSEEN,
      (sign) => `⟨U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    )
    .replace(TOWER, "$1…");
}

/** The same on one line, cut at `most` characters. */
export function truncate(text: string, most = 160): string {
  const line = visible(text.slice(0, most * 4))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** An identifier's beginning, enough to recognize it. */
export const shortId = (id: string, length = 8) => (id.length > length ? id.slice(0, length) : id);

/** The engine writes Markdown; its signs are left out, its words stay text. */
export const stripMarkdown = (markdown: string) => markdown.replace(/^#+\s*/gm, "").replace(/\*\*|`/g, "");
