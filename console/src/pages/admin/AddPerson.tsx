import { useMutation, useQueryClient } from "@tanstack/react-query";
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

/** Somebody new, with a one-time link for their password. */
export function AddPerson({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["VIEWER"]);
  const adding = useMutation({
    mutationFn: () => ask(api.POST("/api/users", { body: { name, email, roles } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
  if (adding.data) return <LinkDialog link={adding.data.link} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Dialog title={t("addPerson")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("name")}>
          <input
            className="control"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={t("email")} error={adding.error?.message}>
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
          busy={adding.isPending}
        >
          {t("addPerson")}
        </Button>
      </form>
    </Dialog>
  );
}

/** The link is shown once: it lets in whoever has it. */
export function LinkDialog({
  link,
  onClose,
}: {
  link: { url: string; expiresAt: string };
  onClose: () => void;
}) {
  const t = useT();
  const { full } = useTimes();
  return (
    <Dialog title={t("passwordLink")} onClose={onClose} wide>
      <p className="mb-3 text-ink-2">{t("passwordLinkText", { time: full(link.expiresAt) })}</p>
      <Copyable value={link.url} />
    </Dialog>
  );
}
