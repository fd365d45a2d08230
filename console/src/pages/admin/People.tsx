import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Member, Role } from "@/api/schema";
import { useUser } from "@/api/session";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { AddPerson, PasswordLink } from "@/pages/admin/AddPerson";
import { Factors } from "@/pages/admin/Factors";
import { Groups } from "@/pages/admin/Groups";
import { Invitations } from "@/pages/admin/Invitations";
import { Invite } from "@/pages/admin/Invite";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

export const ROLES: Role[] = ["VIEWER", "OPERATOR", "APPROVER", "ADMIN", "AUDITOR"];

/** The members of the organization and the open invitations. */
export function People() {
  return (
    <>
      <Members />
      <Invitations />
    </>
  );
}

/** The members and their roles as a grid. A change takes effect with the member's next request. */
function Members() {
  const t = useT();
  const [adding, setAdding] = useState(false);
  const [inviting, setInviting] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["users"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/users", { params: { query: pageParam ? { cursor: pageParam } : {} }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  return (
    <Panel
      title={t("people")}
      flush
      aside={
        <span className="flex flex-wrap justify-end gap-2">
          <Button small icon="person" onClick={() => setInviting(true)}>
            {t("invite")}
          </Button>
          <Button small icon="plus" onClick={() => setAdding(true)}>
            {t("addPerson")}
          </Button>
        </span>
      }
    >
      <QueryView query={query}>
        {({ pages }) => (
          <div className="relative overflow-x-auto">
            <table className="w-full max-lg:block">
              <thead className="max-lg:sr-only">
                <tr className="text-left">
                  <th scope="col" className="eyebrow px-4 py-2">
                    {t("name")}
                  </th>
                  {ROLES.map((role) => (
                    <th key={role} scope="col" className="eyebrow px-2 py-2 text-center">
                      {word(t, "role", role)}
                    </th>
                  ))}
                  <th scope="col" className="px-4">
                    <span className="sr-only">{t("actions")}</span>
                  </th>
                </tr>
              </thead>
              <tbody className="max-lg:block">
                {pages
                  .flatMap((page) => page.users)
                  .map((member) => (
                    <Row key={member.id} member={member} />
                  ))}
              </tbody>
            </table>
            {query.hasNextPage && (
              <div className="border-t border-line p-2 text-center">
                <Button small onClick={() => void query.fetchNextPage()} busy={query.isFetchingNextPage}>
                  {t("more")}
                </Button>
              </div>
            )}
          </div>
        )}
      </QueryView>
      {inviting && <Invite onClose={() => setInviting(false)} />}
      {adding && <AddPerson onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function Row({ member }: { member: Member }) {
  const t = useT();
  const user = useUser();
  const { shortDateTime } = useFormats();
  const client = useQueryClient();
  const [showsFactors, setShowsFactors] = useState(false);
  const [link, setLink] = useState<{ url: string; expiresAt: string } | null>(null);
  const onError = (error: Error) =>
    showToast({ tone: "danger", title: t("actionFailed"), text: error.message });
  const path = { params: { path: { user_id: member.id } } };
  const changing = useMutation({
    mutationFn: (body: { roles?: Role[]; disabled?: boolean }) =>
      unwrap(api.PATCH("/api/users/{user_id}", { ...path, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["users"] }),
    onError,
  });
  const linking = useMutation({
    mutationFn: () => unwrap(api.POST("/api/users/{user_id}/password-link", path)),
    onSuccess: setLink,
    onError,
  });
  const roles = new Set(member.roles);
  const toggle = (role: Role) => {
    const next = new Set(roles);
    if (!next.delete(role)) next.add(role);
    if (next.size > 0) changing.mutate({ roles: [...next] });
    else showToast({ tone: "warn", title: t("oneRole") });
  };
  const self = member.id === user.id;
  return (
    <tr className="border-t border-line max-lg:flex max-lg:flex-wrap max-lg:items-center max-lg:gap-x-3 max-lg:px-4 max-lg:py-2">
      <th scope="row" className="px-4 py-2 text-left font-normal max-lg:w-full max-lg:p-0">
        <span className="font-medium">
          <bdi>{truncate(member.name, 60)}</bdi>
        </span>{" "}
        {member.isService && <Badge>{t("serviceAccount")}</Badge>}
        {member.disabledAt && <Badge tone="danger">{t("disabled")}</Badge>}
        <span className="block text-xs text-ink-3" title={shortDateTime(member.createdAt)}>
          {!member.isService && truncate(member.email, 80)}
        </span>
        {!member.isService && <Groups member={member} />}
      </th>
      {ROLES.map((role) => (
        <td key={role} className="text-center lg:px-2">
          <label className="inline-flex min-h-7 items-center gap-0.5">
            <input
              type="checkbox"
              aria-label={t("roleOf", { role: word(t, "role", role), name: member.name })}
              checked={roles.has(role)}
              disabled={changing.isPending}
              onChange={() => toggle(role)}
              className="size-6 scale-75 accent-accent"
            />
            <span className="text-xs text-ink-2 lg:sr-only" aria-hidden="true">
              {word(t, "role", role)}
            </span>
          </label>
        </td>
      ))}
      <td className="px-4 py-1.5 max-lg:ml-auto max-lg:p-0">
        <span className="flex justify-end gap-1">
          {!member.isService && !self && (
            <Button small kind="quiet" onClick={() => setShowsFactors(true)}>
              {t("factors")}
            </Button>
          )}
          {!member.isService && (
            <Button small kind="quiet" busy={linking.isPending} onClick={() => linking.mutate()}>
              {t("passwordLink")}
            </Button>
          )}
          {!self && (
            <Button small kind="quiet" onClick={() => changing.mutate({ disabled: !member.disabledAt })}>
              {t(member.disabledAt ? "enable" : "disable")}
            </Button>
          )}
        </span>
        {showsFactors && <Factors member={member} onClose={() => setShowsFactors(false)} />}
        {link && <PasswordLink link={link} onClose={() => setLink(null)} />}
      </td>
    </tr>
  );
}
