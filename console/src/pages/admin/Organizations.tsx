import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Organization } from "@/api/schema";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { save } from "@/pages/mission/report/download";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FormDialog } from "@/ui/FormDialog";
import { Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";
import { TextField } from "@/ui/TextField";

/** The person's own organization and those that it founded. */
export function Organizations() {
  const t = useT();
  const [founding, setFounding] = useState(false);
  const query = useQuery({
    queryKey: ["orgs"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/orgs", { signal })),
  });
  return (
    <Panel
      title={t("organizations")}
      flush
      aside={
        <Button small icon="plus" onClick={() => setFounding(true)}>
          {t("foundOrg")}
        </Button>
      }
    >
      <QueryView query={query}>
        {({ orgs }) => (
          <ul className="divide-y divide-line">
            {orgs.map((one) => (
              <Row key={one.slug} org={one} />
            ))}
          </ul>
        )}
      </QueryView>
      {founding && <CreateOrganization onClose={() => setFounding(false)} />}
    </Panel>
  );
}

function Row({ org }: { org: Organization }) {
  const t = useT();
  const user = useUser();
  const { day } = useTimes();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const own = org.slug === user.org;
  const failed = (error: Error) => showToast({ tone: "danger", title: t("notDone"), text: error.message });
  const params = { params: { path: { slug: org.slug } } };
  const changing = useMutation({
    mutationFn: (to: "suspend" | "resume") =>
      unwrap(
        to === "suspend"
          ? api.POST("/api/orgs/{slug}/suspend", params)
          : api.POST("/api/orgs/{slug}/resume", params),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["orgs"] }),
    onError: failed,
    onSettled: () => setAsking(false),
  });
  const exporting = useMutation({
    mutationFn: async () =>
      save(
        `${org.slug}.zip`,
        (await unwrap(api.GET("/api/orgs/{slug}/export", { ...params, parseAs: "blob" }))) as Blob,
      ),
    onError: (error) => showToast({ tone: "danger", title: t("downloadFailed"), text: error.message }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <bdi>{truncate(org.name, 80)}</bdi>
          {own && <Badge tone="accent">{t("yourOrg")}</Badge>}
          {org.status !== "ACTIVE" && (
            <Badge tone="danger" icon="slash">
              {word(t, "orgStatus", org.status)}
            </Badge>
          )}
        </p>
        <p className="num text-xs text-ink-3">
          <code className="font-mono">{truncate(org.slug, 40)}</code> ·{" "}
          {t("since", { time: day(org.createdAt) })}
          {org.maxConcurrentMissions !== null && ` · ${t("atOnce", { n: org.maxConcurrentMissions })}`}
        </p>
      </div>
      {own ? (
        <Button small icon="document" busy={exporting.isPending} onClick={() => exporting.mutate()}>
          {t("exportAll")}
        </Button>
      ) : org.status === "SUSPENDED" ? (
        <Button small busy={changing.isPending} onClick={() => changing.mutate("resume")}>
          {t("resumeOrg")}
        </Button>
      ) : (
        <Button small kind="danger" onClick={() => setAsking(true)}>
          {t("suspendOrg")}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={t("suspendTitle", { name: truncate(org.name, 60) })}
          text={t("suspendText")}
          action={t("suspendOrg")}
          busy={changing.isPending}
          onConfirm={() => changing.mutate("suspend")}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function CreateOrganization({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const founding = useMutation({
    mutationFn: () => unwrap(api.POST("/api/orgs", { body: { name, slug } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["orgs"] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("foundOrg")}
      action={t("foundOrg")}
      onSend={founding.mutate}
      onClose={onClose}
      busy={founding.isPending}
    >
      <TextField label={t("name")} required maxLength={100} value={name} onChange={setName} />
      <TextField
        label={t("slug")}
        hint={t("slugHint")}
        error={founding.error?.message}
        mono
        required
        pattern="[a-z][a-z0-9\-]{1,30}"
        value={slug}
        onChange={setSlug}
      />
    </FormDialog>
  );
}
