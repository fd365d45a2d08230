import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/api/client";
import type { Role } from "@/api/schema";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import { ROLES } from "@/pages/admin/People";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { Button } from "@/ui/Button";
import { Copyable } from "@/ui/Copy";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";

/** A one-time link with which somebody joins by their own hand, also from another organization. */
export function Invite({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { full } = useTimes();
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["VIEWER"]);
  const inviting = useMutation({
    mutationFn: () => ask(api.POST("/api/invitations", { body: { email, roles } })),
  });
  if (inviting.data) {
    return (
      <Dialog title={t("invitation")} onClose={onClose} wide>
        <p className="mb-3 text-ink-2">{t("invitationText", { time: full(inviting.data.expiresAt) })}</p>
        <Copyable value={inviting.data.url} />
      </Dialog>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    inviting.mutate();
  };
  return (
    <Dialog title={t("invite")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("email")} error={inviting.error?.message}>
          <input
            className="control"
            type="email"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <RoleChoice from={ROLES} chosen={roles} onChange={setRoles} />
        <Button
          type="submit"
          kind="primary"
          className="self-end"
          disabled={roles.length === 0}
          busy={inviting.isPending}
        >
          {t("invite")}
        </Button>
      </form>
    </Dialog>
  );
}
