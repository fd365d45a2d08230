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
  const setting = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/auth/password/reset", { body: { token, password, revokeOtherFactors: false } })),
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
    </OneTimeLinkPage>
  );
}
