import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { createPasskey, supportsPasskeys } from "@/api/passkeys";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";
import { TextField } from "@/ui/TextField";

const KEY = ["passkeys"];

/** The user's passkeys. The keys themselves are on the user's devices. */
export function Passkeys() {
  const t = useT();
  const { shortDateTime } = useFormats();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/passkeys", { signal })),
  });
  const removing = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/auth/passkeys/{passkey_id}", { params: { path: { passkey_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
    onError: (error) => showToast({ tone: "danger", title: t("actionFailed"), text: error.message }),
  });
  return (
    <Panel title={t("passkeys")}>
      <QueryView query={query}>
        {({ passkeys }) => (
          <div className="flex flex-col gap-3">
            <p className="max-w-[52ch] text-ink-2">{t("passkeysText")}</p>
            <ul className="divide-y divide-line" aria-label={t("passkeys")}>
              {passkeys.map((passkey) => (
                <li key={passkey.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
                  <p className="min-w-0 flex-1 truncate font-medium">{truncate(passkey.name, 100)}</p>
                  <p className="num text-xs text-ink-3">
                    {passkey.usedAt
                      ? t("lastUsed", { time: shortDateTime(passkey.usedAt) })
                      : shortDateTime(passkey.createdAt)}
                  </p>
                  <Button
                    small
                    busy={removing.isPending && removing.variables === passkey.id}
                    onClick={() => removing.mutate(passkey.id)}
                  >
                    {t("remove")}
                  </Button>
                </li>
              ))}
            </ul>
            {supportsPasskeys() && <Add onDone={() => client.invalidateQueries({ queryKey: KEY })} />}
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

function Add({ onDone }: { onDone: () => void }) {
  const t = useT();
  const [name, setName] = useState("");
  const creating = useMutation({
    mutationFn: () => createPasskey(name),
    onSuccess: () => {
      setName("");
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creating.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-3">
      <TextField
        label={t("name")}
        hint={t("passkeyName")}
        error={creating.error?.message}
        required
        maxLength={100}
        value={name}
        onChange={setName}
      />
      <Button type="submit" icon="shield" busy={creating.isPending} className="mt-5">
        {t("createPasskey")}
      </Button>
    </form>
  );
}
