import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ApprovalResponse, Citation } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import { missionQuery } from "@/live/mission";
import { storyOf } from "@/live/story";
import { UntrustedText } from "@/ui/UntrustedText";

/** The evidence that the proposal names, as the diagnosis cites it. */
export function ApprovalEvidence({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const { quantity } = useFormats();
  const { data } = useQuery(missionQuery(approval.missionId));
  const candidates = data
    ? (storyOf(data.events).diagnosis?.payload.diagnosis.rootCauseCandidates ?? [])
    : [];
  const citationsById = new Map<string, Citation>(
    candidates.flatMap((candidate) => candidate.evidence.map((citation) => [citation.id, citation])),
  );
  const citations = approval.proposal.evidence.flatMap((id) => citationsById.get(id) ?? []);
  return (
    <>
      {citations.length > 0 ? (
        <ul className="flex flex-col gap-1">
          {citations.slice(0, 5).map((citation) => (
            <li key={citation.id} className="flex flex-wrap items-baseline gap-x-3">
              <UntrustedText text={citation.description} maxLength={200} className="min-w-0" />
              {citation.after != null && (
                <span className="num text-xs whitespace-nowrap text-ink-3">
                  {quantity(citation.before, citation.unit)} →{" "}
                  <b className="text-ink">{quantity(citation.after, citation.unit)}</b>
                </span>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <p className="num">{t("evidenceCount", { n: approval.proposal.evidence.length })}</p>
      )}
      <Link
        to="/missions/$id/cause"
        params={{ id: approval.missionId }}
        className="mt-1 inline-block font-medium text-accent hover:underline"
      >
        {t("allEvidence")}
      </Link>
    </>
  );
}
