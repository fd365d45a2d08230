import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Organization } from "@/api/schema";
import { useUser } from "@/api/session";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
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

/** The user's organization and those that were created from it. */
export function Organizations() {
  const t = useT();
  const [creating, setCreating] = useState(false);
  const query = useQuery({
    queryKey: ["orgs"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/orgs", { signal })),
  });
  const user = useUser();
  const own = query.data?.orgs.find((organization) => organization.slug === user.org);
  return (
    <Panel
      title={t("organizations")}
      flush
      aside={
        own?.parent === null && (
          <Button small icon="plus" onClick={() => setCreating(true)}>
            {t("createOrganization")}
          </Button>
        )
      }
    >
      <QueryView query={query}>
        {({ orgs }) => (
          <ul className="divide-y divide-line">
            {orgs.map((organization) => (
              <Row key={organization.slug} org={organization} />
            ))}
          </ul>
        )}
      </QueryView>
      {creating && <CreateOrganization onClose={() => setCreating(false)} />}
    </Panel>
  );
}

function Row({ org }: { org: Organization }) {
  const t = useT();
  const user = useUser();
  const { shortDateTime } = useFormats();
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const own = org.slug === user.org;
  const onError = (error: Error) =>
    showToast({ tone: "danger", title: t("actionFailed"), text: error.message });
  const params = { params: { path: { slug: org.slug } } };
  const changing = useMutation({
    mutationFn: (to: "suspend" | "resume") =>
      unwrap(
        to === "suspend"
          ? api.POST("/api/orgs/{slug}/suspend", params)
          : api.POST("/api/orgs/{slug}/resume", params),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["orgs"] }),
    onError,
    onSettled: () => setConfirming(false),
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
          {t("since", { time: shortDateTime(org.createdAt) })}
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
        <Button small kind="danger" onClick={() => setConfirming(true)}>
          {t("suspendOrg")}
        </Button>
      )}
      {confirming && (
        <ConfirmDialog
          title={t("suspendTitle", { name: truncate(org.name, 60) })}
          text={t("suspendText")}
          action={t("suspendOrg")}
          busy={changing.isPending}
          onConfirm={() => changing.mutate("suspend")}
          onClose={() => setConfirming(false)}
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
  const [share, setShare] = useState("1");
  const creating = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/orgs", { body: { name, slug, maxConcurrentMissions: Number(share) } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["orgs"] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("createOrganization")}
      action={t("createOrganization")}
      onSend={creating.mutate}
      onClose={onClose}
      busy={creating.isPending}
    >
      <TextField label={t("name")} required maxLength={100} value={name} onChange={setName} />
      <TextField
        label={t("slug")}
        hint={t("slugHint")}
        error={creating.error?.message}
        mono
        required
        pattern="[a-z][a-z0-9\-]{1,30}"
        value={slug}
        onChange={setSlug}
      />
      <TextField
        label={t("share")}
        hint={t("shareHint")}
        type="number"
        min={1}
        max={10_000}
        required
        value={share}
        onChange={setShare}
      />
    </FormDialog>
  );
}
