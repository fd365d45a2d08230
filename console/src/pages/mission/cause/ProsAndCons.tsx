import type { Candidate, Citation } from "@/api/schema";
import { quantity } from "@/format/quantity";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { UntrustedText } from "@/ui/UntrustedText";

/** What speaks for a cause and what against it. */
export function ProsAndCons({ candidate }: { candidate: Candidate }) {
  const t = useT();
  const speaksFor = candidate.speaksFor ?? [];
  const speaksAgainst = candidate.speaksAgainst ?? [];
  const apart = speaksFor.length + speaksAgainst.length > 0;
  return (
    <details className="text-xs text-ink-2">
      <summary className="min-h-6">
        {apart ? t("weighed", { pro: speaksFor.length, con: speaksAgainst.length }) : t("evidence")}
      </summary>
      <p>
        <UntrustedText text={candidate.explanation} most={300} />
      </p>
      {apart ? (
        <>
          <Reasons title={t("speaksFor")} of={speaksFor} />
          <Reasons title={t("speaksAgainst")} of={speaksAgainst} />
        </>
      ) : (
        <Reasons title={t("evidence")} of={candidate.evidence} />
      )}
    </details>
  );
}

function Reasons({ title, of }: { title: string; of: Citation[] }) {
  if (of.length === 0) return null;
  return (
    <>
      <p className="eyebrow mt-1.5">{title}</p>
      <ul className="num list-disc pl-4">
        {of.map((one) => (
          <li key={one.id}>
            {truncate(one.description, 160)}
            {one.after != null && `: ${quantity(one.before, one.unit)} → ${quantity(one.after, one.unit)}`}
          </li>
        ))}
      </ul>
    </>
  );
}
