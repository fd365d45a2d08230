import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import type { ActionKind, DashboardResponse, StrictConnectorConfig, StrictCredentials } from "@/api/schema";

export const SIGN_INS = ["none", "token", "password", "headers"] as const;
export type SignIn = (typeof SIGN_INS)[number] | "keep";

export interface Header {
  id: number;
  name: string;
  value: string;
}

/** What the form about a dashboard holds; masks are lines, an empty type is detected. */
export interface DashboardDraft {
  name: string;
  baseUrl: string;
  type: string;
  environment: string;
  actions: ActionKind[];
  selectors: string;
  patterns: string;
  signIn: SignIn;
  user: string;
  secret: string;
  headers: Header[];
}

/** The one environment of all registered dashboards, else production. */
export function commonEnvironment(dashboards: DashboardResponse[]): string {
  const environments = new Set(dashboards.map((dashboard) => dashboard.config?.environment));
  const [environment] = environments;
  return environments.size === 1 && environment ? environment : "production";
}

export function draftOf(dashboard: DashboardResponse | undefined, environment: string): DashboardDraft {
  const config = dashboard?.config;
  return {
    name: dashboard?.name ?? "",
    baseUrl: dashboard?.baseUrl ?? "",
    type: dashboard?.type ?? "",
    environment: config?.environment ?? environment,
    actions: config?.actions ?? [],
    selectors: (config?.masks?.selectors ?? []).join("\n"),
    patterns: (config?.masks?.patterns ?? []).join("\n"),
    signIn: dashboard?.signed ? "keep" : "none",
    user: "",
    secret: "",
    headers: [{ id: 0, name: "", value: "" }],
  };
}

/** Registers the dashboard, or changes the one that the form was opened with, unless it changed since. */
export async function save(draft: DashboardDraft, dashboard: DashboardResponse | undefined) {
  const sent = credentials(draft, dashboard?.signed ?? false);
  const product = draft.type
    ? { type: draft.type, baseUrl: draft.baseUrl }
    : await detected(draft.baseUrl, sent);
  const config = {
    ...dashboard?.config,
    environment: draft.environment,
    actions: draft.actions,
    masks: { selectors: lines(draft.selectors), patterns: lines(draft.patterns) },
  } as StrictConnectorConfig;
  const body = { name: draft.name, ...product, config, ...sent };
  if (!dashboard?.id) return unwrap(api.POST("/api/dashboards", { body: { ...body, replace: false } }));
  return unwrap(
    api.PUT("/api/dashboards/{dashboard_id}", {
      params: { path: { dashboard_id: dashboard.id } },
      body: { ...body, version: dashboard.version },
    }),
  );
}

/** What the API is sent: nothing keeps the stored credentials, null removes them. */
function credentials(draft: DashboardDraft, signed: boolean): { credentials?: StrictCredentials | null } {
  switch (draft.signIn) {
    case "keep":
      return {};
    case "none":
      return signed ? { credentials: null } : {};
    case "token":
      return { credentials: { token: draft.secret } as StrictCredentials };
    case "password":
      return { credentials: { username: draft.user, password: draft.secret } as StrictCredentials };
    case "headers": {
      const headers = Object.fromEntries(draft.headers.map(({ name, value }) => [name, value]));
      return { credentials: { headers } as StrictCredentials };
    }
  }
}

/** The product at the address; throws the reason where there is none. */
async function detected(baseUrl: string, sent: { credentials?: StrictCredentials | null }) {
  const product = await unwrap(api.POST("/api/dashboards/detect", { body: { baseUrl, ...sent } }));
  if (!product.type) throw new ProblemError(422, product.reason, "");
  return { type: product.type, baseUrl: product.baseUrl };
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** A short name made of the address's host; "" while there is none. */
export function nameOf(address: string): string {
  const host = /^https?:\/\/([^/:?#]+)/i.exec(address)?.[1] ?? "";
  const plain = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return (/^[a-z]/.test(plain) || !plain ? plain : `at-${plain}`).slice(0, 41);
}
