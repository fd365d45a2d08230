import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { startSession } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { SignedOutLayout } from "@/shell/SignedOutLayout";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** The token of the printed link: its fragment, which browsers do not send. */
const linked = () => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** The first administrator, by the one-time token that the installation printed. */
export function FirstRun() {
  const t = useT();
  const [form, setForm] = useState({ token: linked(), name: "", email: "", password: "" });
  const making = useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/bootstrap", { body: form })),
    onSuccess: (told) => {
      history.replaceState({}, "", "/missions");
      startSession(told);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  const error = making.error instanceof ProblemError ? making.error : null;
  const text = (name: keyof typeof form) => ({
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
          <input {...text("token")} type="password" autoComplete="off" />
        </Field>
        <Field label={t("name")}>
          <input {...text("name")} autoComplete="name" maxLength={100} />
        </Field>
        <Field label={t("email")}>
          <input {...text("email")} type="email" autoComplete="username" />
        </Field>
        <Field label={t("password")} hint={t("passwordHint")}>
          <input
            {...text("password")}
            type="password"
            autoComplete="new-password"
            minLength={12}
            maxLength={256}
          />
        </Field>
        {error && (
          <p role="alert" className="text-danger">
            {error.status === 410 ? t("alreadyBegun") : error.offline ? t("noAnswer") : error.message}
          </p>
        )}
        <Button type="submit" kind="primary" busy={making.isPending}>
          {t("begin")}
        </Button>
        <a href="/missions" className="text-center text-xs font-medium text-accent hover:underline">
          {t("signIn")}
        </a>
      </form>
    </SignedOutLayout>
  );
}
