const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*\}\}/g;

/** The prompt of a template with its values. A placeholder without a value stays visible. */
export const fillIn = (prompt: string, values: Record<string, string>): string =>
  prompt.replace(PLACEHOLDER, (placeholder, name: string) => values[name]?.trim() || placeholder);
