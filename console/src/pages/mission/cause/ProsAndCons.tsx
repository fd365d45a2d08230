import type { Candidate, Citation } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { UntrustedText } from "@/ui/UntrustedText";

/** The evidence for and against a cause. */
export function ProsAndCons({ candidate }: { candidate: Candidate }) {
  const t = useT();
  const evidenceFor = candidate.speaksFor ?? [];
  const evidenceAgainst = candidate.speaksAgainst ?? [];
  const separated = evidenceFor.length + evidenceAgainst.length > 0;
  return (
    <details className="text-xs text-ink-2">
      <summary className="min-h-6">
        {separated
          ? t("prosAndCons", { pro: evidenceFor.length, con: evidenceAgainst.length })
          : t("evidence")}
      </summary>
      <p>
        <UntrustedText text={candidate.explanation} maxLength={300} />
      </p>
      {separated ? (
        <>
          <Reasons title={t("evidenceFor")} citations={evidenceFor} />
          <Reasons title={t("evidenceAgainst")} citations={evidenceAgainst} />
        </>
      ) : (
        <Reasons title={t("evidence")} citations={candidate.evidence} />
      )}
    </details>
  );
}

function Reasons({ title, citations }: { title: string; citations: Citation[] }) {
  const { quantity } = useFormats();
  if (citations.length === 0) return null;
  return (
    <>
      <p className="eyebrow mt-1.5">{title}</p>
      <ul className="num list-disc pl-4">
        {citations.map((citation) => (
          <li key={citation.id}>
            {truncate(citation.description, 160)}
            {citation.after != null &&
              `: ${quantity(citation.before, citation.unit)} → ${quantity(citation.after, citation.unit)}`}
          </li>
        ))}
      </ul>
    </>
  );
}
