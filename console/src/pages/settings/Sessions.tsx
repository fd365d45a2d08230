import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { signOutEverywhere } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** Where the person is signed in, and out of each with one press. */
export function Sessions() {
  const t = useT();
  const { day, full } = useTimes();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/sessions", { signal })),
  });
  const ending = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/auth/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
    onError: (error) => showToast({ tone: "danger", title: t("notDone"), text: error.message }),
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
            {sessions.map((one) => (
              <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
                <div className="min-w-0 flex-1 basis-60">
                  <p className="truncate font-medium" title={one.userAgent}>
                    {agent(one.userAgent)} {one.current && <Badge tone="accent">{t("thisSession")}</Badge>}
                  </p>
                  <p className="num text-xs text-ink-3">
                    {one.address && `${truncate(one.address, 60)} · `}
                    {t("seenAt", { time: day(one.seenAt) })} ·{" "}
                    <span title={full(one.createdAt)}>{t("signedInAt", { time: day(one.createdAt) })}</span>
                  </p>
                </div>
                {!one.current && (
                  <Button
                    small
                    busy={ending.isPending && ending.variables === one.id}
                    onClick={() => ending.mutate(one.id)}
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

/** A browser and its system, as far as its own words tell. */
export function agent(told: string): string {
  const browser = /(Edg|Firefox|OPR|Chrome|Safari)\/(\d+)/.exec(told.replace("HeadlessChrome", "Chrome"));
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(told);
  const name = browser && { Edg: "Edge", OPR: "Opera" }[browser[1] ?? ""];
  return browser
    ? `${name ?? browser[1]} ${browser[2]}${system ? `, ${system[1]}` : ""}`
    : truncate(told, 60) || "–";
}
