import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { ApiKey, ServiceAccount } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { AddKey, AddProgram } from "@/pages/admin/AddProgram";
import { ConfirmedAction } from "@/shell/ConfirmedAction";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The programs that use the API, with their keys. */
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
              {serviceAccounts.map((account) => (
                <Row key={account.id} account={account} />
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
            <Key key={key.id} accountId={account.id} apiKey={key} />
          ))}
        </ul>
      ) : (
        <p className="mt-1 text-xs text-ink-3">{t("noKeys")}</p>
      )}
      {adding && <AddKey account={account} onClose={() => setAdding(false)} />}
    </li>
  );
}

function Key({ accountId, apiKey }: { accountId: string; apiKey: ApiKey }) {
  const t = useT();
  const { shortDateTime, dateTime } = useFormats();
  const [confirming, setConfirming] = useState(false);
  const expired = apiKey.revokedAt !== null || Date.parse(apiKey.expiresAt) < Date.now();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-2">
      <span className={`font-medium ${expired ? "text-ink-3 line-through" : "text-ink"}`}>
        {truncate(apiKey.name, 60)}
      </span>
      <span>{apiKey.roles.map((role) => word(t, "role", role)).join(", ")}</span>
      <span className="num text-ink-3" title={dateTime(apiKey.expiresAt)}>
        {apiKey.revokedAt
          ? t("revokedAt", { time: shortDateTime(apiKey.revokedAt) })
          : t("validUntil", { time: shortDateTime(apiKey.expiresAt) })}
      </span>
      {!expired && (
        <Button small kind="quiet" className="ml-auto text-danger" onClick={() => setConfirming(true)}>
          {t("revoke")}
        </Button>
      )}
      {confirming && (
        <ConfirmedAction
          title={t("revokeTitle", { name: truncate(apiKey.name, 60) })}
          text={t("revokeText")}
          action={t("revoke")}
          run={() =>
            unwrap(
              api.DELETE("/api/service-accounts/{account_id}/keys/{key_id}", {
                params: { path: { account_id: accountId, key_id: apiKey.id } },
              }),
            )
          }
          changes={["programs"]}
          onClose={() => setConfirming(false)}
        />
      )}
    </li>
  );
}
