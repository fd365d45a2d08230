import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Member } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/TextField";

const parseNames = (names: string) => [...new Set(names.split(/[\s,;]+/).filter(Boolean))];

/** The groups of a member, with a dialog to change them. A policy rule can ask a group first. */
export function Groups({ member }: { member: Member }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const groups = [...member.groups].sort();
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="block min-h-6 text-left text-xs text-ink-2 underline decoration-line-strong decoration-dotted underline-offset-3 hover:text-ink"
      >
        <span className="sr-only">{t("groupsOf", { name: truncate(member.name, 60) })}: </span>
        {groups.length > 0 ? truncate(groups.join(", "), 120) : t("noGroups")}
      </button>
      {open && <EditGroups member={member} groups={groups} onClose={() => setOpen(false)} />}
    </>
  );
}

function EditGroups({ member, groups, onClose }: { member: Member; groups: string[]; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [names, setNames] = useState(groups.join(", "));
  const changing = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH("/api/users/{user_id}", {
          params: { path: { user_id: member.id } },
          body: { groups: parseNames(names) },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["users"] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("groupsOf", { name: truncate(member.name, 60) })}
      action={t("save")}
      onSend={changing.mutate}
      onClose={onClose}
      busy={changing.isPending}
    >
      <TextField
        label={t("groups")}
        hint={t("groupsHint")}
        error={changing.error?.message}
        value={names}
        onChange={setNames}
        maxLength={2000}
        mono
      />
    </FormDialog>
  );
}
