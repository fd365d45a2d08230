import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { ApprovalResponse } from "@/api/schema";
import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";

/** Withdraws the user's vote, until the action starts. */
export function WithdrawVote({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const [reason, setReason] = useState("");
  const withdrawing = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/approvals/{approval_id}/withdraw", {
          params: { path: { approval_id: approval.id } },
          body: { reason },
        }),
      ),
    onSuccess: (updated) => {
      client.setQueryData(["approval", approval.id], updated);
      void client.invalidateQueries({ queryKey: ["approvals"] });
      setConfirming(false);
    },
  });
  if (!approval.you.mayWithdraw) return null;
  return (
    <div className="mt-4 flex items-center justify-between gap-3 rounded-lg border border-line px-4 py-3">
      <p className="text-ink-2">{t("withdrawVoteText")}</p>
      <Button icon="undo" onClick={() => setConfirming(true)}>
        {t("withdrawVote")}
      </Button>
      {confirming && (
        <FormDialog
          title={t("withdrawVote")}
          action={t("withdrawVote")}
          kind="danger"
          onSend={withdrawing.mutate}
          onClose={() => setConfirming(false)}
          busy={withdrawing.isPending}
        >
          <Field label={t("reasonOptional")} error={withdrawing.error?.message}>
            <textarea
              className="control"
              rows={2}
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </Field>
        </FormDialog>
      )}
    </div>
  );
}
