import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "@/api/client";
import { useT } from "@/i18n";
import { LinkDoor, useRefusal } from "@/pages/welcome/LinkDoor";
import { tokenOfLink } from "@/pages/welcome/link";
import { TextField } from "@/ui/TextField";

/** Into an organization by an invitation: with the password that one has, or with a first one. */
export function Join() {
  const t = useT();
  const [token] = useState(() => tokenOfLink("/join"));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useMutation({
    mutationFn: () => ask(api.POST("/api/auth/invitations/accept", { body: { token, password, name } })),
  });
  const refusal = useRefusal(joining.error);
  return (
    <LinkDoor lead={t("joinLead")} token={token} sending={joining} action={t("join")} done={t("joined")}>
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
        error={refusal}
        type="password"
        autoComplete="current-password"
        required
        maxLength={256}
        value={password}
        onChange={setPassword}
      />
    </LinkDoor>
  );
}
