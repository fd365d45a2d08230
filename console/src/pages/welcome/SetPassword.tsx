import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { useT } from "@/i18n";
import { takeLinkToken } from "@/pages/welcome/linkToken";
import { OneTimeLinkPage, useErrorText } from "@/pages/welcome/OneTimeLinkPage";
import { TextField } from "@/ui/TextField";

/** Sets a password with the one-time link from an administrator. */
export function SetPassword() {
  const t = useT();
  const [token] = useState(() => takeLinkToken("/set-password"));
  const [password, setPassword] = useState("");
  const [revokeOtherFactors, setRevokeOtherFactors] = useState(false);
  const setting = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/auth/password/reset", { body: { token, password, revokeOtherFactors } })),
  });
  const error = useErrorText(setting.error);
  return (
    <OneTimeLinkPage
      lead={t("setPasswordLead")}
      token={token}
      request={setting}
      action={t("setPassword")}
      done={t("passwordSet")}
    >
      <TextField
        label={t("newPassword")}
        hint={t("passwordHint")}
        error={error}
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={256}
        value={password}
        onChange={setPassword}
      />
      <label className="flex min-h-6 items-start gap-2 text-ink-2">
        <input
          type="checkbox"
          className="mt-1 size-4 accent-accent"
          checked={revokeOtherFactors}
          onChange={(event) => setRevokeOtherFactors(event.target.checked)}
        />
        {t("revokeOtherFactors")}
      </label>
    </OneTimeLinkPage>
  );
}
