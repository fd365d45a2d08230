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

/** Sets up the second factor. It is active when the user has confirmed a first code of the new key. */
export function SecondFactor() {
  const t = useT();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/totp", { signal })),
  });
  const [turningOff, setTurningOff] = useState(false);
  const settingUp = useMutation({ mutationFn: () => unwrap(api.POST("/api/auth/totp")) });
  const done = (title: string) => () => {
    settingUp.reset();
    setTurningOff(false);
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
              {turningOff ? (
                <Code
                  path="/api/auth/totp/disable"
                  action={t("turnOff")}
                  onDone={done(t("secondFactorOff"))}
                />
              ) : (
                <Button onClick={() => setTurningOff(true)}>{t("turnOff")}</Button>
              )}
            </div>
          ) : settingUp.data ? (
            <div className="flex flex-col items-start gap-3">
              <p className="text-ink-2">{t("secondFactorKey")}</p>
              <Copyable value={settingUp.data.key} />
              <a className="text-accent underline" href={settingUp.data.url}>
                {t("openAuthenticator")}
              </a>
              <Code path="/api/auth/totp/confirm" action={t("confirm")} onDone={done(t("secondFactorOn"))} />
            </div>
          ) : (
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="max-w-[52ch] text-ink-2">{t("secondFactorText")}</p>
              <Button icon="shield" busy={settingUp.isPending} onClick={() => settingUp.mutate()}>
                {t("setUp")}
              </Button>
              {settingUp.error && (
                <p role="alert" className="w-full text-xs text-danger">
                  {settingUp.error.message}
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
