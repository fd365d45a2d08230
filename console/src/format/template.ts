const PLACE = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*\}\}/g;

/** A template's prompt with what was given; a place without a value stays, so that one sees what is missing. */
export const fillIn = (prompt: string, values: Record<string, string>): string =>
  prompt.replace(PLACE, (place, name: string) => values[name]?.trim() || place);
