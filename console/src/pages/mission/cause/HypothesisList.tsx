import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Candidate, Feedback, FeedbackKind, Mission } from "@/api/schema";
import { percent } from "@/format/quantity";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { fill } from "@/live/mission";
import { ProsAndCons } from "@/pages/mission/cause/ProsAndCons";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Panel } from "@/ui/Panel";
import { TextField } from "@/ui/TextField";
import { UntrustedText } from "@/ui/UntrustedText";

type Held = { service: string; candidate: Candidate | null; stand: Feedback | null };
const TONES = { pinned: "accent", "ruled-out": "danger", added: "neutral", open: "neutral" } as const;
const ICONS = { pinned: "flag", "ruled-out": "cross", added: "plus", open: "dot" } as const;

/** What the mission holds for possible, and what people say of it; they may steer it while it runs. */
export function HypothesisList({
  mission,
  candidates,
  stands,
  mayGiveFeedback,
}: {
  mission: Mission;
  candidates: Candidate[];
  stands: Feedback[];
  mayGiveFeedback: boolean;
}) {
  const t = useT();
  const [saying, setSaying] = useState<{ service: string; stance: FeedbackKind } | null>(null);
  const said = new Map(stands.map((one) => [one.service, one]));
  const known = new Set(candidates.map((one) => one.service));
  const held: Held[] = [
    ...candidates.map((one) => ({
      service: one.service,
      candidate: one,
      stand: said.get(one.service) ?? null,
    })),
    ...stands
      .filter((one) => !known.has(one.service))
      .map((one) => ({ service: one.service, candidate: null, stand: one })),
  ];
  return (
    <Panel
      title={t("hypotheses")}
      flush
      aside={
        mayGiveFeedback && (
          <Button small icon="plus" onClick={() => setSaying({ service: "", stance: "added" })}>
            {t("addHypothesis")}
          </Button>
        )
      }
    >
      {held.length === 0 && <p className="p-4 text-ink-2">{t("noHypotheses")}</p>}
      <ul className="divide-y divide-line" aria-live="polite">
        {held.map((one) => (
          <li
            key={`${one.service}/${one.candidate?.incidentType ?? ""}`}
            className="flex flex-col gap-1.5 px-4 py-2.5"
          >
            <Line held={one} />
            {one.stand && <FeedbackLine stand={one.stand} />}
            {one.candidate && <ProsAndCons candidate={one.candidate} />}
            {mayGiveFeedback && (
              <span className="flex flex-wrap gap-1">
                {one.stand ? (
                  <Button
                    small
                    kind="quiet"
                    icon="undo"
                    onClick={() => setSaying({ service: one.service, stance: "open" })}
                  >
                    {t("stance.takeBack")}
                  </Button>
                ) : (
                  (["pinned", "ruled-out"] as const).map((stance) => (
                    <Button
                      key={stance}
                      small
                      kind="quiet"
                      icon={ICONS[stance]}
                      aria-label={t(`stance.${stance}.of`, { service: truncate(one.service, 60) })}
                      onClick={() => setSaying({ service: one.service, stance })}
                    >
                      {t(`stance.${stance}.do`)}
                    </Button>
                  ))
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
      {saying && <FeedbackDialog missionId={mission.id} first={saying} onClose={() => setSaying(null)} />}
    </Panel>
  );
}

/** A service, how likely it is, and as a bar how that compares. */
function Line({ held }: { held: Held }) {
  const t = useT();
  const { candidate } = held;
  const out = held.stand?.stance === "ruled-out";
  const share = out ? 0 : (candidate?.confidence ?? 0);
  return (
    <div>
      <p className="flex items-baseline gap-2">
        <span
          className={`min-w-0 flex-1 [overflow-wrap:anywhere] ${out ? "text-ink-3 line-through" : "font-medium"}`}
        >
          <code className="font-mono text-xs">{truncate(held.service, 60)}</code>
          {candidate && `: ${word(t, "incident", candidate.incidentType)}`}
        </span>
        {candidate && <span className="num text-xs text-ink-3">{percent(candidate.confidence)}</span>}
      </p>
      <span aria-hidden="true" className="mt-1 block h-1 overflow-hidden rounded-full bg-sunken">
        <span
          className="block h-full rounded-full bg-accent transition-[width] duration-500"
          data-share
          style={{ width: `${100 * share}%` }}
        />
      </span>
    </div>
  );
}

function FeedbackLine({ stand }: { stand: Feedback }) {
  const t = useT();
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-ink-2">
      <Badge tone={TONES[stand.stance]} icon={ICONS[stand.stance]}>
        {t(`stance.${stand.stance}`)}
      </Badge>
      <span>{t("byPerson", { name: truncate(stand.name, 60) })}</span>
      {stand.reason && <UntrustedText text={stand.reason} most={300} />}
    </p>
  );
}

/** One word about one service, with its reason; the mission diagnoses again. */
function FeedbackDialog({
  missionId,
  first,
  onClose,
}: {
  missionId: string;
  first: { service: string; stance: FeedbackKind };
  onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const [service, setService] = useState(first.service);
  const [reason, setReason] = useState("");
  const { stance } = first;
  const steering = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/missions/{mission_id}/hypotheses", {
          params: { path: { mission_id: missionId } },
          body: { service: service.trim(), stance, reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      void fill(client, missionId).catch(() => {}); // the feed tells it, too
      onClose();
    },
  });
  return (
    <FormDialog
      title={t(`stance.${stance}.title`, { service: truncate(first.service, 60) })}
      action={t(stance === "open" ? "stance.takeBack" : `stance.${stance}.do`)}
      onSend={steering.mutate}
      onClose={onClose}
      busy={steering.isPending}
    >
      <p className="text-ink-2">{t("steerText")}</p>
      {stance === "added" && (
        <TextField
          label={t("column.service")}
          mono
          required
          maxLength={200}
          value={service}
          onChange={setService}
        />
      )}
      <Field label={t("reasonOptional")} error={steering.error?.message}>
        <textarea
          className="control"
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}
