import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { signIn } from "@/api/authentication";
import { signInWithPasskey, supportsPasskeys } from "@/api/passkeys";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** E-mail and password. With `email` given, for the same person again; `org` is where, if not the first. */
export function SignInForm({
  email: known,
  org,
  onDone,
}: {
  email?: string;
  org?: string;
  onDone?: () => void;
}) {
  const t = useT();
  const [email, setEmail] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const signing = useMutation({
    mutationFn: () => signIn(email, password, code.trim(), org),
    onSuccess: () => onDone?.(),
    onError: (failed) => {
      if (failed instanceof ProblemError && failed.kind.endsWith("second_factor_required")) setAsked(true);
    },
  });
  const byPasskey = useMutation({
    mutationFn: () => signInWithPasskey(known, org),
    onSuccess: () => onDone?.(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signing.mutate();
  };
  const error = signing.error;
  const told = error instanceof ProblemError && (error.offline ? t("noAnswer") : error.detail || error.title);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label={t("email")}>
        <input
          className="control"
          type="email"
          autoComplete="username"
          required
          readOnly={known !== undefined}
          // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
          autoFocus={known === undefined}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label={t("password")} error={told || undefined}>
        <input
          className="control"
          type="password"
          autoComplete="current-password"
          required
          // biome-ignore lint/a11y/noAutofocus: as above; the e-mail address is known
          autoFocus={known !== undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {asked && (
        <Field label={t("code")} hint={t("codeHint")}>
          <input
            className="control font-mono"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={32}
            required
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
      )}
      <Button type="submit" kind="primary" busy={signing.isPending}>
        {t("signIn")}
      </Button>
      {supportsPasskeys() && (
        <>
          <Button type="button" icon="shield" busy={byPasskey.isPending} onClick={() => byPasskey.mutate()}>
            {t("signInByPasskey")}
          </Button>
          {byPasskey.error && (
            <p role="alert" className="text-xs text-danger">
              {byPasskey.error instanceof DOMException ? t("noPasskey") : byPasskey.error.message}
            </p>
          )}
        </>
      )}
    </form>
  );
}
