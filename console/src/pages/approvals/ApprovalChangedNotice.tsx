import type { ApprovalResponse } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { type Translate, useT, word } from "@/i18n";
import type { Key } from "@/i18n/en";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/icons";

const LABELS = {
  action: "action",
  environment: "environment",
  cluster: "cluster",
  namespace: "namespace",
  params: "changed.params",
  state: "changed.state",
  risk: "riskWhy",
  quorum: "quorum",
  decideBy: "changed.decideBy",
  actionHash: "actionHash",
} satisfies Record<string, Key>;

type Field = keyof typeof LABELS;
export type Change = { field: Field; before: string; now: string };

/** The differences between two versions of an approval in the parts that its action hash covers. */
export function changesBetween(viewed: ApprovalResponse, now: ApprovalResponse): Change[] {
  if (viewed.actionHash === now.actionHash) return [];
  const parts = (version: ApprovalResponse): Record<Field, string> => ({
    action: `${version.proposal.action.kind} ${version.proposal.action.service}`,
    environment: version.proposal.action.environment,
    cluster: version.proposal.action.cluster ?? "",
    namespace: version.proposal.action.namespace ?? "",
    params: JSON.stringify(version.proposal.action.params ?? {}),
    state: JSON.stringify(version.proposal.preState),
    risk: version.risk,
    quorum: String(version.quorum),
    decideBy: version.decideBy,
    actionHash: version.actionHash.slice(0, 16),
  });
  const [old, current] = [parts(viewed), parts(now)];
  return (Object.keys(LABELS) as Field[])
    .filter((field) => old[field] !== current[field])
    .map((field) => ({ field, before: old[field], now: current[field] }));
}

export function ApprovalChangedNotice({ changes, onRead }: { changes: Change[]; onRead: () => void }) {
  const t = useT();
  const { dateTime } = useFormats();
  const shown = ({ field }: Change, value: string) => truncate(valueText(t, dateTime, field, value), 120);
  return (
    <div role="alert" className="mb-4 rounded-lg border border-warn bg-warn-soft p-4">
      <p className="flex items-center gap-2 font-semibold text-warn">
        <Icon name="alert" /> {t("changedSinceOpened")}
      </p>
      <table className="mt-2 w-full text-xs">
        <tbody>
          {changes.map((change) => (
            <tr key={change.field}>
              <th scope="row" className="pr-3 text-left font-medium whitespace-nowrap">
                {t(LABELS[change.field])}
              </th>
              <td className="pr-3 line-through opacity-70 [overflow-wrap:anywhere]">
                {shown(change, change.before)}
              </td>
              <td className="font-semibold [overflow-wrap:anywhere]">{shown(change, change.now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button small className="mt-3" onClick={onRead}>
        {t("readChange")}
      </Button>
    </div>
  );
}

function valueText(t: Translate, dateTime: (at: string) => string, field: Field, value: string): string {
  if (field === "risk") return word(t, "risk", value);
  return field === "decideBy" ? dateTime(value) : value;
}
