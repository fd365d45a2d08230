let held = "";

/**
 * The token is in the part of the link that no server sees; it leaves the address at once, and stays in memory:
 * React may begin a page twice before it shows it.
 */
export function takeLinkToken(page: string): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) {
    held = token;
    history.replaceState({}, "", page);
  }
  return held;
}
