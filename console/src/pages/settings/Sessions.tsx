import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { signOutEverywhere } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The user's sessions, each with a button that ends it. */
export function Sessions() {
  const t = useT();
  const { shortDateTime, dateTime } = useFormats();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/sessions", { signal })),
  });
  const ending = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/auth/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
    onError: (error) => showToast({ tone: "danger", title: t("actionFailed"), text: error.message }),
  });
  return (
    <Panel
      title={t("sessions")}
      flush
      aside={
        <Button small kind="danger" onClick={() => void signOutEverywhere()}>
          {t("signOutEverywhere")}
        </Button>
      }
    >
      <QueryView query={query}>
        {({ sessions }) => (
          <ul className="divide-y divide-line">
            {sessions.map((session) => (
              <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
                <div className="min-w-0 flex-1 basis-60">
                  <p className="truncate font-medium" title={session.userAgent}>
                    {browserName(session.userAgent)}{" "}
                    {session.current && <Badge tone="accent">{t("thisSession")}</Badge>}
                  </p>
                  <p className="num text-xs text-ink-3">
                    {session.address && `${truncate(session.address, 60)} · `}
                    {t("lastUsed", { time: shortDateTime(session.seenAt) })} ·{" "}
                    <span title={dateTime(session.createdAt)}>
                      {t("signedInAt", { time: shortDateTime(session.createdAt) })}
                    </span>
                  </p>
                </div>
                {!session.current && (
                  <Button
                    small
                    busy={ending.isPending && ending.variables === session.id}
                    onClick={() => ending.mutate(session.id)}
                  >
                    {t("end")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Panel>
  );
}

/** The browser and the system of a user agent header, as far as they are known. */
function browserName(userAgent: string): string {
  const browser = /(Edg|Firefox|OPR|Chrome|Safari)\/(\d+)/.exec(
    userAgent.replace("HeadlessChrome", "Chrome"),
  );
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(userAgent);
  const name = browser && { Edg: "Edge", OPR: "Opera" }[browser[1] ?? ""];
  return browser
    ? `${name ?? browser[1]} ${browser[2]}${system ? `, ${system[1]}` : ""}`
    : truncate(userAgent, 60) || "–";
}
