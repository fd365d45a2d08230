import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { ConfirmDialog } from "@/ui/ConfirmDialog";

/** Asks before `run`, does it once, reads again what it changed, and says why it failed. */
export function ConfirmedAction({
  title,
  text,
  action,
  run,
  changes,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  run: () => Promise<unknown>;
  /** The query that shows what `run` changes. */
  changes: QueryKey;
  onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const running = useMutation({
    mutationFn: run,
    onError: (error) => showToast({ tone: "danger", title: t("actionFailed"), text: error.message }),
    onSettled: () => {
      onClose();
      return client.invalidateQueries({ queryKey: changes });
    },
  });
  return (
    <ConfirmDialog
      title={title}
      text={text}
      action={action}
      busy={running.isPending}
      onConfirm={() => running.mutate()}
      onClose={onClose}
    />
  );
}
