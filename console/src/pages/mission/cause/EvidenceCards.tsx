import type { EventArtifact } from "@/api/schema";
import { quantity } from "@/format/quantity";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import type { EvidenceIndex, EvidenceItem, ResolvedCitation } from "@/live/evidence";
import { EvidenceSource } from "@/pages/mission/cause/EvidenceSource";
import { UntrustedText } from "@/ui/UntrustedText";

/** Each claim with the step, the picture, the query and the time that it rests on. */
export function EvidenceCards({
  evidence,
  index,
  missionId,
  marked,
}: {
  evidence: ResolvedCitation[];
  index: EvidenceIndex;
  missionId: string;
  marked: Map<string, EventArtifact>;
}) {
  const t = useT();
  return (
    <>
      {index.failed > 0 && (
        <p className="mb-3 text-xs text-warn">{t("partialNumbers", { n: index.failed })}</p>
      )}
      <ol className="grid gap-3 sm:grid-cols-2">
        {evidence.map(({ citation, found }, row) => (
          <li
            key={citation.id}
            id={`evidence-${row + 1}`}
            className="flex min-w-0 flex-col rounded-md border border-line"
          >
            <div className="flex-1 p-3">
              <p className="flex gap-2">
                <span className="num grid size-5 shrink-0 place-items-center rounded-full bg-accent-soft text-2xs font-semibold text-accent">
                  {row + 1}
                </span>
                <UntrustedText text={citation.description} most={300} className="font-medium" />
              </p>
              {(citation.before != null || citation.after != null) && (
                <p className="num mt-2 flex items-baseline gap-2 pl-7">
                  <span className="text-ink-3">{quantity(citation.before, citation.unit)}</span>
                  <span aria-hidden="true" className="text-ink-3">
                    →
                  </span>
                  <span className="sr-only">{t("thenValue")}</span>
                  <strong className="text-lg">{quantity(citation.after, citation.unit)}</strong>
                </p>
              )}
              {found ? (
                <Source found={found} />
              ) : (
                !index.loading && <p className="mt-2 pl-7 text-xs text-ink-3">{t("sourceGone")}</p>
              )}
            </div>
            {found && <EvidenceSource found={found} missionId={missionId} marked={marked} />}
          </li>
        ))}
      </ol>
    </>
  );
}

function Source({ found }: { found: EvidenceItem }) {
  const t = useT();
  const { clock, full } = useTimes();
  if (found.kind === "log") {
    return (
      <p className="mt-2 ml-7 rounded bg-sunken px-2 py-1 font-mono text-xs">
        <span className="num text-ink-3">{clock(found.log.at)} </span>
        <UntrustedText text={found.log.message} most={240} />
      </p>
    );
  }
  if (found.kind === "change") {
    return (
      <p className="mt-2 pl-7 text-xs text-ink-2">
        <time dateTime={found.change.at} title={full(found.change.at)} className="num">
          {clock(found.change.at)}
        </time>{" "}
        · {word(t, "changeKind", found.change.kind)}
        {found.change.version && ` · ${truncate(found.change.version, 40)}`}
      </p>
    );
  }
  const { series } = found;
  return (
    <details className="mt-2 pl-7 text-xs text-ink-2">
      <summary className="min-h-6">
        {t("query")} · {t("samples", { n: series.points.length })} · {word(t, "origin", series.origin)}
      </summary>
      <code className="said mt-1 block rounded bg-sunken p-2 font-mono text-2xs">
        {truncate(series.query, 600)}
      </code>
    </details>
  );
}
