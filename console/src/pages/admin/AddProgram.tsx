import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { ServiceAccount } from "@/api/schema";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { SecretDialog } from "@/ui/SecretDialog";
import { TextField } from "@/ui/TextField";

/** What a program may be: it never approves, and never administers. */
const ROLES = ["VIEWER", "OPERATOR", "AUDITOR"] as const;
type ProgramRole = (typeof ROLES)[number];
const DAYS = [7, 30, 90, 365];

export function AddProgram({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<ProgramRole[]>(["VIEWER"]);
  const adding = useMutation({
    mutationFn: () => unwrap(api.POST("/api/service-accounts", { body: { name, roles } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["programs"] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("addProgram")}
      action={t("addProgram")}
      onSend={adding.mutate}
      onClose={onClose}
      busy={adding.isPending}
      ready={roles.length > 0}
    >
      <TextField
        label={t("name")}
        error={adding.error?.message}
        required
        maxLength={100}
        value={name}
        onChange={setName}
      />
      <RoleChoice from={ROLES} chosen={roles} onChange={setRoles} />
    </FormDialog>
  );
}

/** A key with at most the program's roles. It is shown once: only its hash is kept. */
export function AddKey({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const t = useT();
  const { full } = useTimes();
  const client = useQueryClient();
  const possible = ROLES.filter((role) => account.roles.includes(role));
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<ProgramRole[]>(possible);
  const [days, setDays] = useState(90);
  const adding = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/service-accounts/{account_id}/keys", {
          params: { path: { account_id: account.id } },
          body: { name, roles, expiresInDays: days },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["programs"] }),
  });
  if (adding.data) {
    const text = t("keyMadeText", { time: full(adding.data.expiresAt) });
    return <SecretDialog title={t("keyMade")} text={text} value={adding.data.key} onClose={onClose} />;
  }
  return (
    <FormDialog
      title={t("addKey")}
      action={t("addKey")}
      onSend={adding.mutate}
      onClose={onClose}
      busy={adding.isPending}
      ready={roles.length > 0}
    >
      <TextField
        label={t("name")}
        error={adding.error?.message}
        required
        maxLength={100}
        value={name}
        onChange={setName}
      />
      <RoleChoice from={possible} chosen={roles} onChange={setRoles} />
      <Field label={t("keyLasts")}>
        <select className="control" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((one) => (
            <option key={one} value={one}>
              {t("days", { n: one })}
            </option>
          ))}
        </select>
      </Field>
    </FormDialog>
  );
}
