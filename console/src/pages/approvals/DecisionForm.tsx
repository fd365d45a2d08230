import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import type { ApprovalResponse, VoteChoice } from "@/api/schema";
import { useHasPassed } from "@/format/clock";
import { truncate } from "@/format/text";
import { type Translate, useT } from "@/i18n";
import { actionTarget } from "@/pages/approvals/actionTarget";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/icons";

/** The API's reason why this user cannot decide, in the user's language; null if the user can. */
function whyNotText(t: Translate, { you, status, proposal, verdict }: ApprovalResponse): string | null {
  if (!you.whyNot) return null;
  const { code } = you.whyNot;
  if (code === "closed") return t(`decision.${status}`);
  return t(`why.${code}`, {
    service: truncate(proposal.action.service, 60),
    group: truncate(verdict.group ?? "", 60),
  });
}

/** The vote on exactly the action that is `shown`. The result appears only when the API has confirmed it. */
export function DecisionForm({
  approval,
  shown,
  blocked,
}: {
  approval: ApprovalResponse;
  shown: ApprovalResponse;
  blocked: boolean;
}) {
  const t = useT();
  const client = useQueryClient();
  const [notes, setNotes] = useState("");
  const [typedTarget, setTypedTarget] = useState("");
  const [proposeNext, setProposeNext] = useState(false);
  const [attempted, setAttempted] = useState<VoteChoice | null>(null);
  const { needsNotes, needsTarget } = approval.you;
  const voting = useMutation({
    mutationFn: (status: VoteChoice) =>
      unwrap(
        api.PATCH("/api/approvals/{approval_id}/respond", {
          params: { path: { approval_id: approval.id } },
          body: {
            status,
            notes,
            actionHash: shown.actionHash,
            // biome-ignore lint/suspicious/noThenProperty: the name is the API's
            then: status === "DENIED" && proposeNext ? "next" : "end",
            ...(needsTarget && status === "APPROVED" ? { typedTarget } : {}),
          },
        }),
      ),
    onSuccess: (updated) => {
      client.setQueryData(["approval", approval.id], updated);
      void client.invalidateQueries({ queryKey: ["approvals"] });
      void client.invalidateQueries({ queryKey: ["mission", approval.missionId] });
    },
    onError: () => void client.invalidateQueries({ queryKey: ["approval", approval.id] }),
  });
  const expired = useHasPassed(approval.decideBy);
  const reason = whyNotText(t, approval) ?? (expired ? t("decision.EXPIRED") : null);
  if (reason) {
    return (
      <p
        role="status"
        className="mt-4 flex items-start gap-2 rounded-lg border border-line bg-sunken px-4 py-3 text-ink-2"
      >
        <Icon name="shield" className="mt-0.5 size-4" /> {reason}
      </p>
    );
  }
  const missingNotes = needsNotes && !notes.trim();
  const wrongTarget = needsTarget && typedTarget !== actionTarget(approval.proposal.action);
  const vote = (status: VoteChoice) => {
    setAttempted(status);
    if (missingNotes || (status === "APPROVED" && wrongTarget)) return;
    voting.mutate(status);
  };
  const problem = voting.error instanceof ProblemError ? voting.error : null;
  const submit = (event: FormEvent) => event.preventDefault();
  return (
    <form
      onSubmit={submit}
      className="card sticky bottom-0 mt-4 flex flex-col gap-3 p-4 shadow-pop"
      aria-label={t("yourVote")}
    >
      <Field
        label={t(needsNotes ? "reasonRequired" : "reasonOptional")}
        error={attempted && missingNotes ? t("reasonMissing") : undefined}
      >
        <textarea
          className="control"
          rows={2}
          maxLength={2000}
          value={notes}
          onChange={(event) => setNotes(event.target.value)}
        />
      </Field>
      {needsTarget && (
        <Field
          label={t("typeTarget", { target: actionTarget(approval.proposal.action) })}
          error={attempted === "APPROVED" && wrongTarget ? t("targetWrong") : undefined}
        >
          <input
            className="control font-mono"
            autoComplete="off"
            spellCheck={false}
            value={typedTarget}
            onChange={(event) => setTypedTarget(event.target.value)}
          />
        </Field>
      )}
      {approval.proposal.alternatives.length > 0 && (
        <label className="flex min-h-6 items-center gap-2 text-ink-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={proposeNext}
            onChange={(event) => setProposeNext(event.target.checked)}
          />
          {t("denyForNext", { words: truncate(approval.proposal.alternatives[0]?.words ?? "", 80) })}
        </label>
      )}
      {problem && (
        <p role="alert" className="text-danger">
          {problem.offline ? t("voteNotConfirmed") : problem.message}
        </p>
      )}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="mr-auto max-w-[44ch] text-xs text-ink-3">
          {t(blocked ? "readChangeFirst" : voting.isPending ? "waitingForServer" : "approvesExactly")}
        </p>
        <Button
          kind="danger"
          icon="cross"
          disabled={blocked}
          busy={voting.isPending && attempted === "DENIED"}
          onClick={() => vote("DENIED")}
        >
          {t("deny")}
        </Button>
        <Button
          kind="primary"
          icon="check"
          disabled={blocked}
          busy={voting.isPending && attempted === "APPROVED"}
          onClick={() => vote("APPROVED")}
        >
          {t("approve")}
        </Button>
      </div>
    </form>
  );
}
