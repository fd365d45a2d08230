import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { startSession } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { SignedOutLayout } from "@/shell/SignedOutLayout";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** The token in the fragment of the printed link: browsers do not send fragments to servers. */
const tokenFromLink = () => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** Creates the first administrator with the one-time token of the installation. */
export function FirstRun() {
  const t = useT();
  const [form, setForm] = useState({ token: tokenFromLink(), name: "", email: "", password: "" });
  const creating = useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/bootstrap", { body: form })),
    onSuccess: (session) => {
      history.replaceState({}, "", "/missions");
      startSession(session);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creating.mutate();
  };
  const error = creating.error instanceof ProblemError ? creating.error : null;
  const inputProps = (name: keyof typeof form) => ({
    className: "control",
    required: true,
    value: form[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      setForm({ ...form, [name]: event.target.value }),
  });
  return (
    <SignedOutLayout lead={t("firstRunLead")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("bootstrapToken")} hint={t("bootstrapHint")}>
          <input {...inputProps("token")} type="password" autoComplete="off" />
        </Field>
        <Field label={t("name")}>
          <input {...inputProps("name")} autoComplete="name" maxLength={100} />
        </Field>
        <Field label={t("email")}>
          <input {...inputProps("email")} type="email" autoComplete="username" />
        </Field>
        <Field label={t("password")} hint={t("passwordHint")}>
          <input
            {...inputProps("password")}
            type="password"
            autoComplete="new-password"
            minLength={12}
            maxLength={256}
          />
        </Field>
        {error && (
          <p role="alert" className="text-danger">
            {error.status === 410 ? t("alreadyInstalled") : error.offline ? t("noResponse") : error.message}
          </p>
        )}
        <Button type="submit" kind="primary" busy={creating.isPending}>
          {t("createAdministrator")}
        </Button>
        <a href="/missions" className="text-center text-xs font-medium text-accent hover:underline">
          {t("signIn")}
        </a>
      </form>
    </SignedOutLayout>
  );
}
