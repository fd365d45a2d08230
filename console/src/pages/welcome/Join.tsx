import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { tokenOfLink } from "@/pages/welcome/link";
import { Door } from "@/shell/Door";
import { Button, buttonClass } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** Into an organization by an invitation: with the password that one has, or with a first one. */
export function Join() {
  const t = useT();
  const [token] = useState(() => tokenOfLink("/join"));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useMutation({
    mutationFn: () => ask(api.POST("/api/auth/invitations/accept", { body: { token, password, name } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    joining.mutate();
  };
  const error = joining.error instanceof ProblemError ? joining.error : null;
  return (
    <Door lead={t("joinLead")}>
      {joining.isSuccess ? (
        <div className="flex flex-col gap-3">
          <p role="status">{t("joined")}</p>
          <a href="/missions" className={buttonClass("primary")}>
            {t("signIn")}
          </a>
        </div>
      ) : token ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t("name")}>
            <input
              className="control"
              autoComplete="name"
              required
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Field
            label={t("password")}
            hint={t("joinHint")}
            error={error ? (error.offline ? t("noAnswer") : error.message) : undefined}
          >
            <input
              className="control"
              type="password"
              autoComplete="current-password"
              required
              maxLength={256}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          <Button type="submit" kind="primary" busy={joining.isPending}>
            {t("join")}
          </Button>
        </form>
      ) : (
        <p role="alert">{t("linkIncomplete")}</p>
      )}
    </Door>
  );
}
