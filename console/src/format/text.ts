/** Invisible characters, and those that change the direction of text: controls, bidi marks, zero width, tags, BOM. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: it searches for single combining marks
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
/** No language puts more than two combining marks on one letter. */
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** Untrusted text with its invisible characters as ⟨U+202E⟩. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(
      INVISIBLE,
      (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    )
    .replace(STACKED_MARKS, "$1…");
}

/** Untrusted text on one line, cut after `length` characters. */
export function truncate(text: string, length = 160): string {
  const line = visible(text.slice(0, length * 4))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** The beginning of an id or a hash. */
export const shortId = (id: string, length = 8) => id.slice(0, length);

/** The text of the diagnosis engine without its Markdown signs. */
export const stripMarkdown = (markdown: string) => markdown.replace(/^#+\s*/gm, "").replace(/\*\*|`/g, "");
