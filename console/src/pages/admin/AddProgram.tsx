import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/api/client";
import type { ServiceAccount } from "@/api/schema";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import { RoleChoice } from "@/pages/admin/RoleChoice";
import { Button } from "@/ui/Button";
import { Copyable } from "@/ui/Copy";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";

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
    mutationFn: () => ask(api.POST("/api/service-accounts", { body: { name, roles } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["programs"] });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Dialog title={t("addProgram")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("name")} error={adding.error?.message}>
          <input
            className="control"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
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
          {t("addProgram")}
        </Button>
      </form>
    </Dialog>
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
      ask(
        api.POST("/api/service-accounts/{account_id}/keys", {
          params: { path: { account_id: account.id } },
          body: { name, roles, expiresInDays: days },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["programs"] }),
  });
  if (adding.data) {
    return (
      <Dialog title={t("keyMade")} onClose={onClose} wide>
        <p className="mb-3 text-ink-2">{t("keyMadeText", { time: full(adding.data.expiresAt) })}</p>
        <Copyable value={adding.data.key} />
      </Dialog>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Dialog title={t("addKey")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("name")} error={adding.error?.message}>
          <input
            className="control"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
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
        <Button
          type="submit"
          kind="primary"
          className="self-end"
          disabled={roles.length === 0}
          busy={adding.isPending}
        >
          {t("addKey")}
        </Button>
      </form>
    </Dialog>
  );
}
