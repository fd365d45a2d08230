import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Role } from "@/api/schema";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import { ROLES } from "@/pages/admin/People";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { FormDialog } from "@/ui/FormDialog";
import { SecretDialog } from "@/ui/SecretDialog";
import { TextField } from "@/ui/TextField";

/** A one-time link with which somebody joins by their own hand, also from another organization. */
export function Invite({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { full } = useTimes();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["VIEWER"]);
  const inviting = useMutation({
    mutationFn: () => unwrap(api.POST("/api/invitations", { body: { email, roles } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["invitations"] }),
  });
  if (inviting.data) {
    const text = t("invitationText", { time: full(inviting.data.expiresAt) });
    return <SecretDialog title={t("invitation")} text={text} value={inviting.data.url} onClose={onClose} />;
  }
  return (
    <FormDialog
      title={t("invite")}
      action={t("invite")}
      onSend={inviting.mutate}
      onClose={onClose}
      busy={inviting.isPending}
      ready={roles.length > 0}
    >
      <TextField
        label={t("email")}
        error={inviting.error?.message}
        type="email"
        required
        value={email}
        onChange={setEmail}
      />
      <RoleChoice from={ROLES} chosen={roles} onChange={setRoles} />
    </FormDialog>
  );
}
