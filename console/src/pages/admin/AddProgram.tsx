import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { ServiceAccount } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { SecretDialog } from "@/ui/SecretDialog";
import { TextField } from "@/ui/TextField";

/** The API gives programs no role that approves or administers. */
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

/** Creates a key with some of the program's roles. It is shown once: the server stores only its hash. */
export function AddKey({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const t = useT();
  const { dateTime } = useFormats();
  const client = useQueryClient();
  const available = ROLES.filter((role) => account.roles.includes(role));
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<ProgramRole[]>(available);
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
    const text = t("apiKeyText", { time: dateTime(adding.data.expiresAt) });
    return <SecretDialog title={t("apiKey")} text={text} value={adding.data.key} onClose={onClose} />;
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
      <RoleChoice from={available} chosen={roles} onChange={setRoles} />
      <Field label={t("keyLifetime")}>
        <select className="control" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((count) => (
            <option key={count} value={count}>
              {t("days", { n: count })}
            </option>
          ))}
        </select>
      </Field>
    </FormDialog>
  );
}
