import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { connectedQuery, providersQuery, refusalOf } from "@/api/providers";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";

/** Connects the user's identities at OpenID providers. Nothing without a provider. */
export function Providers() {
  const t = useT();
  const client = useQueryClient();
  const providers = useQuery(providersQuery).data?.providers ?? [];
  const { data } = useQuery({ ...connectedQuery, enabled: providers.length > 0 });
  const [refusal] = useState(() => refusalOf(location.search));
  const onError = (error: Error) =>
    showToast({ tone: "danger", title: t("actionFailed"), text: error.message });
  const connecting = useMutation({
    mutationFn: (provider: string) =>
      unwrap(api.POST("/api/auth/oauth/{provider}/connect", { params: { path: { provider } } })),
    onSuccess: ({ url }) => location.assign(url),
    onError,
  });
  const disconnecting = useMutation({
    mutationFn: (provider: string) =>
      unwrap(api.DELETE("/api/auth/oauth/{provider}", { params: { path: { provider } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: connectedQuery.queryKey }),
    onError,
  });
  if (!data) return null;
  return (
    <Panel title={t("providers")}>
      <p className="max-w-[52ch] text-ink-2">{t("providersText")}</p>
      {refusal && (
        <p role="alert" className="mt-2 text-danger">
          {t(`refused.${refusal}`)}
        </p>
      )}
      <ul className="divide-y divide-line" aria-label={t("providers")}>
        {providers.map((provider) => {
          const connected = data.providers.includes(provider);
          const changing = connected ? disconnecting : connecting;
          return (
            <li key={provider} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
              <p className="min-w-0 flex-1 truncate font-medium">{truncate(provider, 40)}</p>
              <Button
                small
                busy={changing.isPending && changing.variables === provider}
                onClick={() => changing.mutate(provider)}
              >
                {t(connected ? "disconnect" : "connect")}
              </Button>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
