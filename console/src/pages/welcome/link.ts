/** The token is in the part of the link that no server sees; it leaves the address at once. */
export function tokenOfLink(page: string): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) history.replaceState({}, "", page);
  return token;
}
