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

/** Creates a one-time link to join this organization. It also works for users of other organizations. */
export function Invite({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { dateTime } = useFormats();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["VIEWER"]);
  const inviting = useMutation({
    mutationFn: () => unwrap(api.POST("/api/invitations", { body: { email, roles } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["invitations"] }),
  });
  if (inviting.data) {
    const text = t("invitationText", { time: dateTime(inviting.data.expiresAt) });
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
