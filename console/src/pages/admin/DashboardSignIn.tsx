import { useT } from "@/i18n";
import { type DashboardDraft, type Header, SIGN_INS, type SignIn } from "@/pages/admin/dashboardDraft";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { TextField } from "@/ui/TextField";

const MOST_HEADERS = 10;

/** Fields of a grid with two columns: how the browser worker signs in; `signed`: there are stored credentials, which can stay. */
export function DashboardSignIn({
  draft,
  signed,
  onChange,
}: {
  draft: DashboardDraft;
  signed: boolean;
  onChange: (changed: Partial<DashboardDraft>) => void;
}) {
  const t = useT();
  const signIns: SignIn[] = signed ? ["keep", ...SIGN_INS] : [...SIGN_INS];
  return (
    <>
      <Field label={t("dashboard.signIn")} hint={t("dashboard.signInHint")}>
        <select
          className="control"
          value={draft.signIn}
          onChange={(event) => onChange({ signIn: event.target.value as SignIn, secret: "" })}
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
          onChange={(user) => onChange({ user })}
        />
      )}
      {(draft.signIn === "password" || draft.signIn === "token") && (
        <TextField
          label={t(draft.signIn === "password" ? "dashboard.password" : "dashboard.secret")}
          required
          type="password"
          autoComplete="new-password"
          value={draft.secret}
          onChange={(secret) => onChange({ secret })}
        />
      )}
      {draft.signIn === "headers" && (
        <Headers headers={draft.headers} onChange={(headers) => onChange({ headers })} />
      )}
    </>
  );
}

function Headers({ headers, onChange }: { headers: Header[]; onChange: (next: Header[]) => void }) {
  const t = useT();
  const change = (id: number, changed: Partial<Header>) =>
    onChange(headers.map((header) => (header.id === id ? { ...header, ...changed } : header)));
  return (
    <div className="flex flex-col gap-2 sm:col-span-2">
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
