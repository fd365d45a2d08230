import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { proveIdentity, signIn } from "@/api/authentication";
import { proveIdentityWithPasskey, signInWithPasskey, supportsPasskeys } from "@/api/passkeys";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { ProviderButtons } from "@/shell/ProviderButtons";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

/**
 * With `email` only this user can sign in; `org` is the organization, if it is not the user's first one.
 * With `stepUp` the signed-in user proves their identity again, in the same session.
 */
export function SignInForm({
  email: fixedEmail,
  org,
  stepUp = false,
  onDone,
}: {
  email?: string;
  org?: string;
  stepUp?: boolean;
  onDone?: () => void;
}) {
  const t = useT();
  const [email, setEmail] = useState(fixedEmail ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const signing = useMutation({
    mutationFn: () =>
      stepUp ? proveIdentity(password, code.trim()) : signIn(email, password, code.trim(), org),
    onSuccess: () => onDone?.(),
    onError: (problem) => {
      if (problem instanceof ProblemError && problem.kind.endsWith("second_factor_required"))
        setNeedsCode(true);
    },
  });
  const byPasskey = useMutation({
    mutationFn: () => (stepUp ? proveIdentityWithPasskey() : signInWithPasskey(fixedEmail, org)),
    onSuccess: () => onDone?.(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signing.mutate();
  };
  const error = signing.error;
  const message =
    error instanceof ProblemError && (error.offline ? t("noResponse") : error.detail || error.title);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label={t("email")}>
        <input
          className="control"
          type="email"
          autoComplete="username"
          required
          readOnly={fixedEmail !== undefined}
          // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
          autoFocus={fixedEmail === undefined}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label={t("password")} error={message || undefined}>
        <input
          className="control"
          type="password"
          autoComplete="current-password"
          required
          // biome-ignore lint/a11y/noAutofocus: as above, with a given e-mail address
          autoFocus={fixedEmail !== undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {needsCode && (
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
            {t("signInWithPasskey")}
          </Button>
          {byPasskey.error && (
            <p role="alert" className="text-xs text-danger">
              {byPasskey.error instanceof DOMException ? t("noPasskey") : byPasskey.error.message}
            </p>
          )}
        </>
      )}
      {onDone === undefined && <ProviderButtons stepUp={stepUp} />}
    </form>
  );
}
