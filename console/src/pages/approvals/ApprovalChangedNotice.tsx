import type { ApprovalResponse } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/icons";

export type Changed = { field: string; before: string; now: string };

/** What differs between the card that was read and the card as it is: of what the hash binds. */
export function differences(viewed: ApprovalResponse, now: ApprovalResponse): Changed[] {
  if (viewed.actionHash === now.actionHash) return [];
  const parts = (one: ApprovalResponse) => ({
    action: `${one.proposal.action.kind} ${one.proposal.action.service}`,
    environment: one.proposal.action.environment,
    params: JSON.stringify(one.proposal.action.params ?? {}),
    state: JSON.stringify(one.proposal.preState),
    risk: one.risk,
    quorum: String(one.quorum),
    decideBy: one.decideBy,
    actionHash: one.actionHash.slice(0, 16),
  });
  const [old, fresh] = [parts(viewed), parts(now)];
  return (Object.keys(old) as (keyof typeof old)[])
    .filter((field) => old[field] !== fresh[field])
    .map((field) => ({ field, before: old[field], now: fresh[field] }));
}

export function ApprovalChangedNotice({ changes, onRead }: { changes: Changed[]; onRead: () => void }) {
  const t = useT();
  return (
    <div role="alert" className="mb-4 rounded-lg border border-warn bg-warn-soft p-4">
      <p className="flex items-center gap-2 font-semibold text-warn">
        <Icon name="alert" /> {t("changedSince")}
      </p>
      <table className="mt-2 w-full text-xs">
        <tbody>
          {changes.map((one) => (
            <tr key={one.field}>
              <th scope="row" className="pr-3 text-left font-medium whitespace-nowrap">
                {one.field}
              </th>
              <td className="pr-3 line-through opacity-70 [overflow-wrap:anywhere]">
                {truncate(one.before, 120)}
              </td>
              <td className="font-semibold [overflow-wrap:anywhere]">{truncate(one.now, 120)}</td>
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
