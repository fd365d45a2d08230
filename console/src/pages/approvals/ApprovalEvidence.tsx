import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ApprovalResponse, Citation } from "@/api/schema";
import { quantity } from "@/format/quantity";
import { useT } from "@/i18n";
import { missionQuery } from "@/live/mission";
import { storyOf } from "@/live/story";
import { UntrustedText } from "@/ui/UntrustedText";

/** The numbers that the proposal names, as the diagnosis cited them. */
export function ApprovalEvidence({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const { data } = useQuery(missionQuery(approval.missionId));
  const candidates = data
    ? (storyOf(data.events).diagnosis?.payload.diagnosis.rootCauseCandidates ?? [])
    : [];
  const known = new Map<string, Citation>(
    candidates.flatMap((one) => one.evidence.map((citation) => [citation.id, citation])),
  );
  const named = approval.proposal.evidence.flatMap((id) => known.get(id) ?? []);
  return (
    <>
      {named.length > 0 ? (
        <ul className="flex flex-col gap-1">
          {named.slice(0, 5).map((one) => (
            <li key={one.id} className="flex flex-wrap items-baseline gap-x-3">
              <UntrustedText text={one.description} most={200} className="min-w-0" />
              {one.after != null && (
                <span className="num text-xs whitespace-nowrap text-ink-3">
                  {quantity(one.before, one.unit)} →{" "}
                  <b className="text-ink">{quantity(one.after, one.unit)}</b>
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
