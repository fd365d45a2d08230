import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { ApiKey, ServiceAccount } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { AddKey, AddProgram } from "@/pages/admin/AddProgram";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** Programs that use the API, with their keys: they never decide an approval. */
export function Programs() {
  const t = useT();
  const [adding, setAdding] = useState(false);
  const query = useQuery({
    queryKey: ["programs"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/service-accounts", { signal })),
  });
  return (
    <Panel
      title={t("programs")}
      flush
      aside={
        <Button small icon="plus" onClick={() => setAdding(true)}>
          {t("addProgram")}
        </Button>
      }
    >
      <QueryView query={query}>
        {({ serviceAccounts }) =>
          serviceAccounts.length === 0 ? (
            <EmptyState icon="wrench" title={t("noPrograms")}>
              {t("noProgramsText")}
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {serviceAccounts.map((one) => (
                <Row key={one.id} account={one} />
              ))}
            </ul>
          )
        }
      </QueryView>
      {adding && <AddProgram onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function Row({ account }: { account: ServiceAccount }) {
  const t = useT();
  const [adding, setAdding] = useState(false);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">
          <bdi>{truncate(account.name, 60)}</bdi>
        </span>
        {account.roles.map((role) => (
          <Badge key={role}>{word(t, "role", role)}</Badge>
        ))}
        {account.disabledAt && <Badge tone="danger">{t("disabled")}</Badge>}
        <Button small className="ml-auto" icon="plus" onClick={() => setAdding(true)}>
          {t("addKey")}
        </Button>
      </div>
      {account.keys.length > 0 ? (
        <ul className="mt-2 flex flex-col gap-1">
          {account.keys.map((key) => (
            <Key key={key.id} account={account.id} held={key} />
          ))}
        </ul>
      ) : (
        <p className="mt-1 text-xs text-ink-3">{t("noKeys")}</p>
      )}
      {adding && <AddKey account={account} onClose={() => setAdding(false)} />}
    </li>
  );
}

function Key({ account, held }: { account: string; held: ApiKey }) {
  const t = useT();
  const { day, full } = useTimes();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoking = useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/service-accounts/{account_id}/keys/{key_id}", {
          params: { path: { account_id: account, key_id: held.id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["programs"] }),
    onError: (error) => showToast({ tone: "danger", title: t("notDone"), text: error.message }),
    onSettled: () => setAsking(false),
  });
  const over = held.revokedAt !== null || Date.parse(held.expiresAt) < Date.now();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-2">
      <span className={`font-medium ${over ? "text-ink-3 line-through" : "text-ink"}`}>
        {truncate(held.name, 60)}
      </span>
      <span>{held.roles.map((role) => word(t, "role", role)).join(", ")}</span>
      <span className="num text-ink-3" title={full(held.expiresAt)}>
        {held.revokedAt
          ? t("revokedAt", { time: day(held.revokedAt) })
          : t("validUntil", { time: day(held.expiresAt) })}
      </span>
      {!over && (
        <Button small kind="quiet" className="ml-auto text-danger" onClick={() => setAsking(true)}>
          {t("revoke")}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={t("revokeTitle", { name: truncate(held.name, 60) })}
          text={t("revokeText")}
          action={t("revoke")}
          busy={revoking.isPending}
          onConfirm={() => revoking.mutate()}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
