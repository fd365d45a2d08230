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

/** The address that starts the sign-in at a provider. The browser then returns to `next`, a path. */
export const signInUrl = (provider: string, next: string) =>
  `/api/auth/oauth/${encodeURIComponent(provider)}/start?next=${encodeURIComponent(next)}`;

/** The address where the signed-in user proves their identity again. The browser then returns to `next`, a path. */
export async function proofUrl(provider: string, next: string): Promise<string> {
  const params = { path: { provider } };
  const body = { next };
  return (await unwrap(api.POST("/api/auth/oauth/{provider}/step-up", { params, body }))).url;
}

const REFUSALS = ["denied", "unknown", "taken", "unavailable", "failed"] as const;
type Refusal = (typeof REFUSALS)[number];

/** Why the sign-in at a provider failed. Only these reasons are shown: a link can contain any text. */
export const refusalOf = (search: string): Refusal | undefined => {
  const refused = new URLSearchParams(search).get("refused");
  return REFUSALS.find((reason) => reason === refused);
};
