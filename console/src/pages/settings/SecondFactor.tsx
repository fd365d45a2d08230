import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Copyable } from "@/ui/Copyable";
import { Field } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

const KEY = ["second-factor"];

/** A code beside the password: the key is shown once, and counts when a first code of it is confirmed. */
export function SecondFactor() {
  const t = useT();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/totp", { signal })),
  });
  const [leaving, setLeaving] = useState(false);
  const beginning = useMutation({ mutationFn: () => unwrap(api.POST("/api/auth/totp")) });
  const done = (title: string) => () => {
    beginning.reset();
    setLeaving(false);
    showToast({ tone: "ok", title });
    void client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <Panel title={t("secondFactor")}>
      <QueryView query={query}>
        {({ totp }) =>
          totp ? (
            <div className="flex flex-col items-start gap-3">
              <Badge tone="ok" icon="check">
                {t("secondFactorOn")}
              </Badge>
              {leaving ? (
                <Code
                  path="/api/auth/totp/disable"
                  action={t("turnOff")}
                  onDone={done(t("secondFactorGone"))}
                />
              ) : (
                <Button onClick={() => setLeaving(true)}>{t("turnOff")}</Button>
              )}
            </div>
          ) : beginning.data ? (
            <div className="flex flex-col items-start gap-3">
              <p className="text-ink-2">{t("secondFactorKey")}</p>
              <Copyable value={beginning.data.key} />
              <a className="text-accent underline" href={beginning.data.url}>
                {t("openAuthenticator")}
              </a>
              <Code path="/api/auth/totp/confirm" action={t("confirm")} onDone={done(t("secondFactorOn"))} />
            </div>
          ) : (
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="max-w-[52ch] text-ink-2">{t("secondFactorText")}</p>
              <Button icon="shield" busy={beginning.isPending} onClick={() => beginning.mutate()}>
                {t("setUp")}
              </Button>
              {beginning.error && (
                <p role="alert" className="w-full text-xs text-danger">
                  {beginning.error.message}
                </p>
              )}
            </div>
          )
        }
      </QueryView>
    </Panel>
  );
}

function Code({
  path,
  action,
  onDone,
}: {
  path: "/api/auth/totp/confirm" | "/api/auth/totp/disable";
  action: string;
  onDone: () => void;
}) {
  const t = useT();
  const [code, setCode] = useState("");
  const sending = useMutation({
    mutationFn: () => unwrap(api.POST(path, { body: { code } })),
    onSuccess: onDone,
    onError: () => setCode(""),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-3">
      <Field label={t("code")} hint={t("codeHint")} error={sending.error?.message}>
        <input
          className="control num w-40"
          required
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]{6}"
          maxLength={6}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      <Button type="submit" kind="primary" busy={sending.isPending} className="mt-5">
        {action}
      </Button>
    </form>
  );
}
