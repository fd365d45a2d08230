import type { ApprovalResponse } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";

type Approval = Pick<ApprovalResponse, "participants" | "laterParticipants">;

const everyone = ({ participants, laterParticipants }: Approval) => [...participants, ...laterParticipants];

/** Whether this person took part in what is asked, so that their vote does not count. */
export const isParticipant = (approval: Approval, person: string) =>
  everyone(approval).some((participant) => participant.person === person);

/** The people who may not decide, each with the reason; those who took part after the request are marked. */
export function ParticipantList({ approval }: { approval: Approval }) {
  const t = useT();
  return (
    <ul className="flex flex-col gap-0.5" aria-label={t("participants")}>
      {everyone(approval).map((participant, index) => (
        <li key={`${participant.person} ${participant.role}`} className="text-ink-2">
          <b className="font-medium text-ink">{truncate(participant.name, 60)}</b>{" "}
          {word(t, "participant", participant.role)}
          {index >= approval.participants.length && (
            <span className="text-xs text-ink-3"> · {t("afterRequest")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
