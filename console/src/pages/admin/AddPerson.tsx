import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Role } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import { ROLES } from "@/pages/admin/People";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { FormDialog } from "@/ui/FormDialog";
import { SecretDialog } from "@/ui/SecretDialog";
import { TextField } from "@/ui/TextField";

/** Adds a person and shows a one-time link for their password. */
export function AddPerson({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["VIEWER"]);
  const adding = useMutation({
    mutationFn: () => unwrap(api.POST("/api/users", { body: { name, email, roles } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
  if (adding.data) return <PasswordLink link={adding.data.link} onClose={onClose} />;
  return (
    <FormDialog
      title={t("addPerson")}
      action={t("addPerson")}
      onSend={adding.mutate}
      onClose={onClose}
      busy={adding.isPending}
      ready={roles.length > 0}
    >
      <TextField label={t("name")} required maxLength={100} value={name} onChange={setName} />
      <TextField
        label={t("email")}
        error={adding.error?.message}
        type="email"
        required
        value={email}
        onChange={setEmail}
      />
      <RoleChoice from={ROLES} chosen={roles} onChange={setRoles} />
    </FormDialog>
  );
}

/** The one-time link for setting a password. */
export function PasswordLink({
  link,
  onClose,
}: {
  link: { url: string; expiresAt: string };
  onClose: () => void;
}) {
  const t = useT();
  const { dateTime } = useFormats();
  const text = t("passwordLinkText", { time: dateTime(link.expiresAt) });
  return <SecretDialog title={t("passwordLink")} text={text} value={link.url} onClose={onClose} />;
}
