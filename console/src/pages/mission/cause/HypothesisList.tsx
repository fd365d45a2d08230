import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Candidate, Feedback, FeedbackKind, Mission } from "@/api/schema";
import { useFormats } from "@/format/formats";
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

type Hypothesis = { service: string; candidate: Candidate | null; feedback: Feedback | null };
const TONES = { pinned: "accent", "ruled-out": "danger", added: "neutral", open: "neutral" } as const;
const ICONS = { pinned: "flag", "ruled-out": "cross", added: "plus", open: "dot" } as const;

/** The mission's hypotheses with people's feedback on them. Feedback is possible while the mission runs. */
export function HypothesisList({
  mission,
  candidates,
  feedback,
  mayGiveFeedback,
}: {
  mission: Mission;
  candidates: Candidate[];
  feedback: Feedback[];
  mayGiveFeedback: boolean;
}) {
  const t = useT();
  const [draft, setDraft] = useState<{ service: string; stance: FeedbackKind } | null>(null);
  const byService = new Map(feedback.map((entry) => [entry.service, entry]));
  const diagnosed = new Set(candidates.map(({ service }) => service));
  const hypotheses: Hypothesis[] = [
    ...candidates.map((candidate) => ({
      service: candidate.service,
      candidate,
      feedback: byService.get(candidate.service) ?? null,
    })),
    ...feedback
      .filter(({ service }) => !diagnosed.has(service))
      .map((entry) => ({ service: entry.service, candidate: null, feedback: entry })),
  ];
  return (
    <Panel
      title={t("hypotheses")}
      flush
      aside={
        mayGiveFeedback && (
          <Button small icon="plus" onClick={() => setDraft({ service: "", stance: "added" })}>
            {t("addHypothesis")}
          </Button>
        )
      }
    >
      {hypotheses.length === 0 && (
        <p className="p-4 text-ink-2">{t(mission.finishedAt ? "noHypothesesLeft" : "noHypotheses")}</p>
      )}
      <ul className="divide-y divide-line" aria-live="polite">
        {hypotheses.map((hypothesis) => (
          <li
            key={`${hypothesis.service}/${hypothesis.candidate?.incidentType ?? ""}`}
            className="flex flex-col gap-1.5 px-4 py-2.5"
          >
            <Likelihood hypothesis={hypothesis} />
            {hypothesis.feedback && <FeedbackLine feedback={hypothesis.feedback} />}
            {hypothesis.candidate && <ProsAndCons candidate={hypothesis.candidate} />}
            {mayGiveFeedback && (
              <span className="flex flex-wrap gap-1">
                {hypothesis.feedback ? (
                  <Button
                    small
                    kind="quiet"
                    icon="undo"
                    onClick={() => setDraft({ service: hypothesis.service, stance: "open" })}
                  >
                    {t("feedback.withdraw")}
                  </Button>
                ) : (
                  (["pinned", "ruled-out"] as const).map((stance) => (
                    <Button
                      key={stance}
                      small
                      kind="quiet"
                      icon={ICONS[stance]}
                      aria-label={t(`feedback.${stance}.of`, { service: truncate(hypothesis.service, 60) })}
                      onClick={() => setDraft({ service: hypothesis.service, stance })}
                    >
                      {t(`feedback.${stance}.do`)}
                    </Button>
                  ))
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
      {draft && <FeedbackDialog missionId={mission.id} draft={draft} onClose={() => setDraft(null)} />}
    </Panel>
  );
}

/** A service, how likely it is, and as a bar how that compares. */
function Likelihood({ hypothesis }: { hypothesis: Hypothesis }) {
  const t = useT();
  const { percent } = useFormats();
  const { candidate, feedback } = hypothesis;
  const ruledOut = feedback?.stance === "ruled-out";
  const share = ruledOut ? 0 : (candidate?.confidence ?? 0);
  return (
    <div>
      <p className="flex items-baseline gap-2">
        <span
          className={`min-w-0 flex-1 [overflow-wrap:anywhere] ${ruledOut ? "text-ink-3 line-through" : "font-medium"}`}
        >
          <code className="font-mono text-xs">{truncate(hypothesis.service, 60)}</code>
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

function FeedbackLine({ feedback }: { feedback: Feedback }) {
  const t = useT();
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-ink-2">
      <Badge tone={TONES[feedback.stance]} icon={ICONS[feedback.stance]}>
        {t(`feedback.${feedback.stance}`)}
      </Badge>
      <span>{t("byPerson", { name: truncate(feedback.name, 60) })}</span>
      {feedback.reason && <UntrustedText text={feedback.reason} maxLength={300} />}
    </p>
  );
}

/** Sends feedback on one service with its reason. The mission then diagnoses again. */
function FeedbackDialog({
  missionId,
  draft,
  onClose,
}: {
  missionId: string;
  draft: { service: string; stance: FeedbackKind };
  onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const [service, setService] = useState(draft.service);
  const [reason, setReason] = useState("");
  const { stance } = draft;
  const sending = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/missions/{mission_id}/hypotheses", {
          params: { path: { mission_id: missionId } },
          body: { service: service.trim(), stance, reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      void fill(client, missionId).catch(() => {}); // the socket sends it, too
      onClose();
    },
  });
  return (
    <FormDialog
      title={t(`feedback.${stance}.title`, { service: truncate(draft.service, 60) })}
      action={t(stance === "open" ? "feedback.withdraw" : `feedback.${stance}.do`)}
      onSend={sending.mutate}
      onClose={onClose}
      busy={sending.isPending}
    >
      <p className="text-ink-2">{t("feedbackText")}</p>
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
      <Field label={t("reasonOptional")} error={sending.error?.message}>
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
