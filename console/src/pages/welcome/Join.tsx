import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { useT } from "@/i18n";
import { takeLinkToken } from "@/pages/welcome/linkToken";
import { OneTimeLinkPage, useErrorText } from "@/pages/welcome/OneTimeLinkPage";
import { TextField } from "@/ui/TextField";

/** Accepts an invitation with the user's password, or with a new one for a new user. */
export function Join() {
  const t = useT();
  const [token] = useState(() => takeLinkToken("/join"));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/invitations/accept", { body: { token, password, name } })),
  });
  const error = useErrorText(joining.error);
  return (
    <OneTimeLinkPage
      lead={t("joinLead")}
      token={token}
      request={joining}
      action={t("join")}
      done={t("joined")}
    >
      <TextField
        label={t("name")}
        autoComplete="name"
        required
        maxLength={100}
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("password")}
        hint={t("joinHint")}
        error={error}
        type="password"
        autoComplete="current-password"
        required
        maxLength={256}
        value={password}
        onChange={setPassword}
      />
    </OneTimeLinkPage>
  );
}
