import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { OpenInvitation } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { ConfirmedAction } from "@/shell/ConfirmedAction";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The open invitations. Their links are not shown again. */
export function Invitations() {
  const t = useT();
  const query = useQuery({
    queryKey: ["invitations"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/invitations", { signal })),
  });
  return (
    <Panel title={t("openInvitations")} flush>
      <QueryView query={query}>
        {({ invitations }) =>
          invitations.length === 0 ? (
            <p className="px-4 py-3 text-ink-3">{t("noInvitations")}</p>
          ) : (
            <ul className="divide-y divide-line">
              {invitations.map((invitation) => (
                <Row key={invitation.id} invitation={invitation} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}

function Row({ invitation }: { invitation: OpenInvitation }) {
  const t = useT();
  const { shortDateTime, dateTime } = useFormats();
  const [confirming, setConfirming] = useState(false);
  const email = truncate(invitation.email, 80);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
      <span className="font-medium [overflow-wrap:anywhere]">{email}</span>
      <span className="flex flex-wrap gap-1">
        {invitation.roles.map((role) => (
          <Badge key={role}>{word(t, "role", role)}</Badge>
        ))}
      </span>
      <span className="num text-xs text-ink-3" title={dateTime(invitation.expiresAt)}>
        {t("validUntil", { time: shortDateTime(invitation.expiresAt) })}
      </span>
      <Button small kind="quiet" className="ml-auto text-danger" onClick={() => setConfirming(true)}>
        {t("revoke")}
      </Button>
      {confirming && (
        <ConfirmedAction
          title={t("revokeTitle", { name: email })}
          text={t("revokeInvitation")}
          action={t("revoke")}
          run={() =>
            unwrap(
              api.DELETE("/api/invitations/{invitation_id}", {
                params: { path: { invitation_id: invitation.id } },
              }),
            )
          }
          changes={["invitations"]}
          onClose={() => setConfirming(false)}
        />
      )}
    </li>
  );
}
