import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "@/api/client";
import { useT } from "@/i18n";
import { LinkDoor, useRefusal } from "@/pages/welcome/LinkDoor";
import { tokenOfLink } from "@/pages/welcome/link";
import { TextField } from "@/ui/TextField";

/** A password by the one-time link that an administrator handed over. */
export function SetPassword() {
  const t = useT();
  const [token] = useState(() => tokenOfLink("/set-password"));
  const [password, setPassword] = useState("");
  const setting = useMutation({
    mutationFn: () => ask(api.POST("/api/auth/password/reset", { body: { token, password } })),
  });
  const refusal = useRefusal(setting.error);
  return (
    <LinkDoor
      lead={t("setPasswordLead")}
      token={token}
      sending={setting}
      action={t("setPassword")}
      done={t("passwordSet")}
    >
      <TextField
        label={t("newPassword")}
        hint={t("passwordHint")}
        error={refusal}
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={256}
        value={password}
        onChange={setPassword}
      />
    </LinkDoor>
  );
}
