import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Member } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { QueryView } from "@/ui/QueryView";

/** What a member signs in with. An administrator removes a lost device; that ends the member's sessions. */
export function Factors({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const user = { user_id: member.id };
  const queryKey = ["factors", member.id];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/users/{user_id}/factors", { params: { path: user }, signal })),
  });
  const removing = useMutation({
    mutationFn: (remove: () => Promise<unknown>) => remove(),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
  const removePasskey = (passkey_id: string) => () =>
    unwrap(
      api.DELETE("/api/users/{user_id}/passkeys/{passkey_id}", { params: { path: { ...user, passkey_id } } }),
    );
  const removeIdentity = (provider: string) => () =>
    unwrap(
      api.DELETE("/api/users/{user_id}/identities/{provider}", { params: { path: { ...user, provider } } }),
    );
  const removeTotp = () => unwrap(api.DELETE("/api/users/{user_id}/totp", { params: { path: user } }));
  return (
    <Dialog title={t("factorsOf", { name: truncate(member.name, 60) })} onClose={onClose}>
      <QueryView query={query}>
        {({ methods, totp, passkeys, providers }) => {
          const factors = [
            ...passkeys.map(({ id, name }) => ({
              id,
              label: t("passkeyNamed", { name: truncate(name, 60) }),
              remove: removePasskey(id),
            })),
            ...providers.map((provider) => ({
              id: provider,
              label: t("identityAt", { provider: truncate(provider, 40) }),
              remove: removeIdentity(provider),
            })),
            ...(totp ? [{ id: "totp", label: t("authenticatorApp"), remove: removeTotp }] : []),
          ];
          return (
            <div className="flex flex-col gap-3">
              <p className="text-ink-2">{t("factorsText")}</p>
              <ul className="divide-y divide-line">
                <li className="py-2">{t(methods.includes("password") ? "hasPassword" : "noPassword")}</li>
                {factors.map(({ id, label, remove }) => (
                  <li key={id} className="flex items-center justify-between gap-4 py-2">
                    <span className="min-w-0 truncate">{label}</span>
                    <Button
                      small
                      aria-label={t("removeNamed", { name: label })}
                      busy={removing.isPending}
                      onClick={() => removing.mutate(remove)}
                    >
                      {t("remove")}
                    </Button>
                  </li>
                ))}
              </ul>
              {removing.error && (
                <p role="alert" className="text-danger">
                  {removing.error.message}
                </p>
              )}
            </div>
          );
        }}
      </QueryView>
    </Dialog>
  );
}
