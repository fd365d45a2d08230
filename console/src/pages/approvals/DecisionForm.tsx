import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import type { ApprovalResponse, VoteChoice } from "@/api/schema";
import { truncate } from "@/format/text";
import { usePast } from "@/format/time";
import { type Translate, useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/icons";

/** The API's reason why this person may not answer, in the person's language; null where they may. */
function whyNotText(t: Translate, { you, status, proposal, verdict }: ApprovalResponse): string | null {
  if (!you.whyNot) return null;
  const { code } = you.whyNot;
  if (code === "closed") return t(`over.${status}`);
  return t(`why.${code}`, {
    service: truncate(proposal.action.service, 60),
    group: truncate(verdict.group ?? "", 60),
  });
}

/** The answer to exactly the action whose hash was shown. It says "approved" when the API said so, never before. */
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
  const [typed, setTyped] = useState("");
  const [next, setNext] = useState(false);
  const [tried, setTried] = useState<VoteChoice | null>(null);
  const { needsNotes, needsTarget } = approval.you;
  const answering = useMutation({
    mutationFn: (status: VoteChoice) =>
      unwrap(
        api.PATCH("/api/approvals/{approval_id}/respond", {
          params: { path: { approval_id: approval.id } },
          body: {
            status,
            notes,
            actionHash: shown.actionHash,
            // biome-ignore lint/suspicious/noThenProperty: the name is the API's
            then: status === "DENIED" && next ? "next" : "end",
            ...(needsTarget && status === "APPROVED" ? { typedTarget: typed } : {}),
          },
        }),
      ),
    onSuccess: (answered) => {
      client.setQueryData(["approval", approval.id], answered);
      void client.invalidateQueries({ queryKey: ["approvals"] });
      void client.invalidateQueries({ queryKey: ["mission", approval.missionId] });
    },
    onError: () => void client.invalidateQueries({ queryKey: ["approval", approval.id] }),
  });
  const past = usePast(approval.decideBy);
  const reason = whyNotText(t, approval) ?? (past ? t("over.EXPIRED") : null);
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
  const noNotes = needsNotes && !notes.trim();
  const wrongTarget = needsTarget && typed !== approval.proposal.action.service;
  const answer = (status: VoteChoice) => {
    setTried(status);
    if (noNotes || (status === "APPROVED" && wrongTarget)) return;
    answering.mutate(status);
  };
  const problem = answering.error instanceof ProblemError ? answering.error : null;
  const submit = (event: FormEvent) => event.preventDefault();
  return (
    <form
      onSubmit={submit}
      className="card sticky bottom-0 mt-4 flex flex-col gap-3 p-4 shadow-pop"
      aria-label={t("yourAnswer")}
    >
      <Field
        label={t(needsNotes ? "reasonRequired" : "reasonOptional")}
        error={tried && noNotes ? t("reasonMissing") : undefined}
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
          label={t("typeTarget", { target: approval.proposal.action.service })}
          error={tried === "APPROVED" && wrongTarget ? t("targetWrong") : undefined}
        >
          <input
            className="control font-mono"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      )}
      {approval.proposal.alternatives.length > 0 && (
        <label className="flex min-h-6 items-center gap-2 text-ink-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={next}
            onChange={(event) => setNext(event.target.checked)}
          />
          {t("denyForNext", { words: truncate(approval.proposal.alternatives[0]?.words ?? "", 80) })}
        </label>
      )}
      {problem && (
        <p role="alert" className="text-danger">
          {problem.offline ? t("notSent") : problem.message}
        </p>
      )}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="mr-auto max-w-[44ch] text-xs text-ink-3">
          {t(blocked ? "readChangeFirst" : answering.isPending ? "waitingForServer" : "bindsHash")}
        </p>
        <Button
          kind="danger"
          icon="cross"
          disabled={blocked}
          busy={answering.isPending && tried === "DENIED"}
          onClick={() => answer("DENIED")}
        >
          {t("deny")}
        </Button>
        <Button
          kind="primary"
          icon="check"
          disabled={blocked}
          busy={answering.isPending && tried === "APPROVED"}
          onClick={() => answer("APPROVED")}
        >
          {t("approve")}
        </Button>
      </div>
    </form>
  );
}
