import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { dashboardsQuery } from "@/api/queries";
import type { ActionKind, DashboardResponse, StrictConnectorConfig, StrictCredentials } from "@/api/schema";
import { useT, word } from "@/i18n";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";

/** The connector types of the API; the first is chosen by what answers at the address. */
const PRODUCTS = [
  "",
  "grafana",
  "prometheus",
  "alertmanager",
  "kibana",
  "opensearch-dashboards",
  "opensearch",
  "jaeger",
  "datadog",
  "web",
] as const;
const ACTIONS = ["restart", "scale", "rollback"] as const satisfies readonly ActionKind[];
const SIGN_INS = ["none", "token", "password", "headers"] as const;
const MOST_HEADERS = 10;
type SignIn = (typeof SIGN_INS)[number] | "keep";

/** Registers a dashboard, or changes it. Its pages are chosen afterwards. */
export function EditDashboard({
  dashboard: current,
  taken,
  onClose,
}: {
  dashboard?: DashboardResponse;
  /** Names of other dashboards: the API replaces a dashboard that is registered again. */
  taken: string[];
  onClose: (registered?: DashboardResponse) => void;
}) {
  const t = useT();
  const client = useQueryClient();
  /** As it was when the form opened: what somebody else changed since must not be overwritten. */
  const [dashboard] = useState(current);
  const masks = dashboard?.config?.masks;
  const [draft, setDraft] = useState({
    name: dashboard?.name ?? "",
    baseUrl: dashboard?.baseUrl ?? "",
    type: dashboard?.type ?? "",
    environment: dashboard?.config?.environment ?? "production",
    actions: dashboard?.config?.actions ?? [],
    selectors: (masks?.selectors ?? []).join("\n"),
    patterns: (masks?.patterns ?? []).join("\n"),
    signIn: (dashboard?.signed ? "keep" : "none") as SignIn,
    user: "",
    secret: "",
    headers: [{ id: 0, name: "", value: "" }],
  });
  const change = (changed: Partial<typeof draft>) => setDraft({ ...draft, ...changed });
  const saving = useMutation({
    mutationFn: async () => {
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
      const body = {
        name: draft.name,
        ...product,
        config,
        ...sent,
      };
      if (!dashboard?.id) return unwrap(api.POST("/api/dashboards", { body: { ...body, replace: false } }));
      return unwrap(
        api.PUT("/api/dashboards/{dashboard_id}", {
          params: { path: { dashboard_id: dashboard.id } },
          body: { ...body, version: dashboard.version },
        }),
      );
    },
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
      onClose(saved);
    },
    onError: () => client.invalidateQueries({ queryKey: dashboardsQuery.queryKey }),
  });
  const isTaken = taken.includes(draft.name);
  const signIns: SignIn[] = dashboard?.signed ? ["keep", ...SIGN_INS] : [...SIGN_INS];
  return (
    <FormDialog
      title={t(dashboard ? "editDashboard" : "addDashboard")}
      action={t("save")}
      onSend={saving.mutate}
      onClose={() => onClose()}
      busy={saving.isPending}
      ready={!isTaken}
      error={saving.error?.message}
      progress={t(draft.type ? "dashboard.saving" : "dashboard.detecting")}
      wide
    >
      <TextField
        label={t("dashboard.address")}
        hint={t("dashboard.addressHint")}
        type="url"
        required
        mono
        maxLength={2000}
        placeholder="https://grafana.example.com"
        value={draft.baseUrl}
        onChange={(baseUrl) =>
          change({
            baseUrl,
            ...(dashboard || draft.name !== nameOf(draft.baseUrl) ? {} : { name: nameOf(baseUrl) }),
          })
        }
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t("name")}
          hint={t("dashboard.nameHint")}
          error={isTaken ? t("dashboard.nameTaken") : undefined}
          required
          pattern="[a-z][a-z0-9\-]{0,40}"
          maxLength={41}
          value={draft.name}
          onChange={(name) => change({ name })}
        />
        <Field label={t("dashboard.product")}>
          <select
            className="control"
            value={draft.type}
            onChange={(event) => change({ type: event.target.value })}
          >
            {PRODUCTS.filter((product) => product !== "" || !dashboard).map((product) => (
              <option key={product} value={product}>
                {product === ""
                  ? t("dashboard.detected")
                  : product === "web"
                    ? t("dashboard.anyPage")
                    : product}
              </option>
            ))}
            {draft.type && !(PRODUCTS as readonly string[]).includes(draft.type) && (
              <option value={draft.type}>{draft.type}</option>
            )}
          </select>
        </Field>
        <TextField
          label={t("dashboard.environment")}
          required
          maxLength={100}
          value={draft.environment}
          onChange={(environment) => change({ environment })}
        />
        <Field label={t("dashboard.signIn")} hint={t("dashboard.signInHint")}>
          <select
            className="control"
            value={draft.signIn}
            onChange={(event) => change({ signIn: event.target.value as SignIn, secret: "" })}
          >
            {signIns.map((signIn) => (
              <option key={signIn} value={signIn}>
                {t(`dashboard.signIn.${signIn}`)}
              </option>
            ))}
          </select>
        </Field>
        {draft.signIn === "password" && (
          <TextField
            label={t("dashboard.user")}
            required
            maxLength={254}
            autoComplete="off"
            value={draft.user}
            onChange={(user) => change({ user })}
          />
        )}
        {(draft.signIn === "password" || draft.signIn === "token") && (
          <TextField
            label={t(draft.signIn === "password" ? "dashboard.password" : "dashboard.secret")}
            required
            type="password"
            autoComplete="new-password"
            value={draft.secret}
            onChange={(secret) => change({ secret })}
          />
        )}
      </div>
      {draft.signIn === "headers" && (
        <Headers headers={draft.headers} onChange={(headers) => change({ headers })} />
      )}
      <fieldset>
        <legend className="mb-1 text-xs font-medium text-ink-2">{t("dashboard.actions")}</legend>
        <p className="mb-1 text-xs text-ink-3">{t("dashboard.actionsHint")}</p>
        <div className="flex flex-wrap gap-x-4">
          {ACTIONS.map((action) => (
            <label key={action} className="flex min-h-7 items-center gap-1.5">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={draft.actions.includes(action)}
                onChange={(event) =>
                  change({
                    actions: ACTIONS.filter((each) =>
                      each === action ? event.target.checked : draft.actions.includes(each),
                    ),
                  })
                }
              />
              {word(t, "action", action)}
            </label>
          ))}
        </div>
      </fieldset>
      <details className="rounded-md border border-line p-3">
        <summary className="cursor-pointer text-xs font-medium text-ink-2">{t("dashboard.masks")}</summary>
        <div className="mt-3 flex flex-col gap-4">
          <Lines
            label={t("dashboard.patterns")}
            hint={t("dashboard.patternsHint")}
            value={draft.patterns}
            onChange={(patterns) => change({ patterns })}
          />
          <Lines
            label={t("dashboard.selectors")}
            hint={t("dashboard.selectorsHint")}
            value={draft.selectors}
            onChange={(selectors) => change({ selectors })}
          />
        </div>
      </details>
    </FormDialog>
  );
}

function Lines({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      <textarea
        className="control min-h-16 resize-y font-mono"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

interface Header {
  id: number;
  name: string;
  value: string;
}

function Headers({ headers, onChange }: { headers: Header[]; onChange: (next: Header[]) => void }) {
  const t = useT();
  const change = (id: number, changed: Partial<Header>) =>
    onChange(headers.map((header) => (header.id === id ? { ...header, ...changed } : header)));
  return (
    <div className="flex flex-col gap-2">
      {headers.map((header) => (
        <div key={header.id} className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t("dashboard.header")}
            required
            maxLength={100}
            autoComplete="off"
            placeholder="DD-API-KEY"
            value={header.name}
            onChange={(name) => change(header.id, { name })}
          />
          <TextField
            label={t("dashboard.headerValue")}
            required
            type="password"
            autoComplete="new-password"
            value={header.value}
            onChange={(value) => change(header.id, { value })}
          />
        </div>
      ))}
      {headers.length < MOST_HEADERS && (
        <Button
          small
          icon="plus"
          className="self-start"
          onClick={() => onChange([...headers, { id: headers.length, name: "", value: "" }])}
        >
          {t("dashboard.addHeader")}
        </Button>
      )}
    </div>
  );
}

/** What the API is sent: nothing keeps the stored credentials, null removes them. */
function credentials(
  draft: { signIn: SignIn; user: string; secret: string; headers: Header[] },
  signed: boolean,
): { credentials?: StrictCredentials | null } {
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
function nameOf(address: string): string {
  const host = /^https?:\/\/([^/:?#]+)/i.exec(address)?.[1] ?? "";
  const plain = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return (/^[a-z]/.test(plain) || !plain ? plain : `at-${plain}`).slice(0, 41);
}
