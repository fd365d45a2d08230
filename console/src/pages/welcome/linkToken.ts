let taken = "";

/**
 * The token in the fragment of a one-time link. It is removed from the address at once and kept in memory,
 * because React may run an initial state twice.
 */
export function takeLinkToken(page: string): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) {
    taken = token;
    history.replaceState({}, "", page);
  }
  return taken;
}
