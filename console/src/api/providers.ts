import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** The OpenID providers of this installation, by name; most have none. */
export const providersQuery = queryOptions({
  queryKey: ["identity providers"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/oauth/providers", { signal })),
  staleTime: Number.POSITIVE_INFINITY, // they change with the settings of the API only
});

export const connectedQuery = queryOptions({
  queryKey: ["connected providers"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/oauth/connected", { signal })),
});

/** Where a browser goes to sign in at a provider; it comes back to the page on which it is now. */
export const signInUrl = (provider: string, next: string) =>
  `/api/auth/oauth/${encodeURIComponent(provider)}/start?next=${encodeURIComponent(next)}`;

const REFUSALS = ["denied", "unknown", "taken", "unavailable", "failed"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Why a provider sent the browser back without a session. Only known reasons: the address is anybody's text. */
export const refusalOf = (search: string): Refusal | undefined => {
  const refused = new URLSearchParams(search).get("refused");
  return REFUSALS.find((reason) => reason === refused);
};
