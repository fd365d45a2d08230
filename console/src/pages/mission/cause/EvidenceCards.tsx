import type { EventArtifact } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import type { EvidenceIndex, EvidenceItem, ResolvedCitation } from "@/live/evidence";
import { EvidenceSource } from "@/pages/mission/cause/EvidenceSource";
import { UntrustedText } from "@/ui/UntrustedText";

/** Each citation with its step, screenshot, query and time. */
export function EvidenceCards({
  evidence,
  index,
  missionId,
  highlights,
}: {
  evidence: ResolvedCitation[];
  index: EvidenceIndex;
  missionId: string;
  highlights: Map<string, EventArtifact>;
}) {
  const t = useT();
  const { quantity } = useFormats();
  return (
    <>
      {index.failed > 0 && <p className="mb-3 text-xs text-warn">{t("partialData", { n: index.failed })}</p>}
      <ol className="grid gap-3 sm:grid-cols-2">
        {evidence.map(({ citation, item }, row) => (
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
                <UntrustedText text={citation.description} maxLength={300} className="font-medium" />
              </p>
              {(citation.before != null || citation.after != null) && (
                <p className="num mt-2 flex items-baseline gap-2 pl-7">
                  <span className="text-ink-3">{quantity(citation.before, citation.unit)}</span>
                  <span aria-hidden="true" className="text-ink-3">
                    →
                  </span>
                  <span className="sr-only">{t("now")}</span>
                  <strong className="text-lg">{quantity(citation.after, citation.unit)}</strong>
                </p>
              )}
              {item ? (
                <EvidenceDetail item={item} />
              ) : (
                !index.loading && <p className="mt-2 pl-7 text-xs text-ink-3">{t("sourceMissing")}</p>
              )}
            </div>
            {item && <EvidenceSource item={item} missionId={missionId} highlights={highlights} />}
          </li>
        ))}
      </ol>
    </>
  );
}

function EvidenceDetail({ item }: { item: EvidenceItem }) {
  const t = useT();
  const { time, dateTime } = useFormats();
  if (item.kind === "log") {
    return (
      <p className="mt-2 ml-7 rounded bg-sunken px-2 py-1 font-mono text-xs">
        <span className="num text-ink-3">{time(item.log.at)} </span>
        <UntrustedText text={item.log.message} maxLength={240} />
      </p>
    );
  }
  if (item.kind === "change") {
    return (
      <p className="mt-2 pl-7 text-xs text-ink-2">
        <time dateTime={item.change.at} title={dateTime(item.change.at)} className="num">
          {time(item.change.at)}
        </time>{" "}
        · {word(t, "changeKind", item.change.kind)}
        {item.change.version && ` · ${truncate(item.change.version, 40)}`}
      </p>
    );
  }
  const { series } = item;
  return (
    <details className="mt-2 pl-7 text-xs text-ink-2">
      <summary className="min-h-6">
        {t("query")} · {t("samples", { n: series.points.length })} · {word(t, "origin", series.origin)}
      </summary>
      <code className="untrusted mt-1 block rounded bg-sunken p-2 font-mono text-2xs">
        {truncate(series.query, 600)}
      </code>
    </details>
  );
}
