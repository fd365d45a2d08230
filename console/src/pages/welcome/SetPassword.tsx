import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { tokenOfLink } from "@/pages/welcome/link";
import { Door } from "@/shell/Door";
import { Button, buttonClass } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** A password by the one-time link that an administrator handed over. */
export function SetPassword() {
  const t = useT();
  const [token] = useState(() => tokenOfLink("/set-password"));
  const [password, setPassword] = useState("");
  const setting = useMutation({
    mutationFn: () => ask(api.POST("/api/auth/password/reset", { body: { token, password } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setting.mutate();
  };
  const error = setting.error instanceof ProblemError ? setting.error : null;
  return (
    <Door lead={t("setPasswordLead")}>
      {setting.isSuccess ? (
        <div className="flex flex-col gap-3">
          <p role="status">{t("passwordSet")}</p>
          <a href="/missions" className={buttonClass("primary")}>
            {t("signIn")}
          </a>
        </div>
      ) : token ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={t("newPassword")}
            hint={t("passwordHint")}
            error={error ? (error.offline ? t("noAnswer") : error.message) : undefined}
          >
            <input
              className="control"
              type="password"
              autoComplete="new-password"
              required
              minLength={12}
              maxLength={256}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          <Button type="submit" kind="primary" busy={setting.isPending}>
            {t("setPassword")}
          </Button>
        </form>
      ) : (
        <p role="alert">{t("linkIncomplete")}</p>
      )}
    </Door>
  );
}
