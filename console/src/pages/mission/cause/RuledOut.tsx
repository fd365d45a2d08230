import type { Candidate } from "@/api/schema";
import { percent, quantity } from "@/format/quantity";
import { brief } from "@/format/text";
import { useT, word } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { Said } from "@/ui/Said";

/** Other causes that were considered, with what spoke for and against them. */
export function RuledOut({ candidates }: { candidates: Candidate[] }) {
  const t = useT();
  return (
    <Panel title={t("otherCauses")} flush>
      {candidates.length === 0 && <p className="p-4 text-ink-2">{t("noOtherCauses")}</p>}
      <ul className="divide-y divide-line">
        {candidates.map((one) => (
          <li key={`${one.service}/${one.incidentType}`} className="px-4 py-2">
            <details>
              <summary className="flex min-h-6 items-baseline gap-2">
                <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  <code className="font-mono text-xs">{brief(one.service, 60)}</code>:{" "}
                  {word(t, "incident", one.incidentType)}
                </span>
                <span className="num text-xs text-ink-3">{percent(one.confidence)}</span>
              </summary>
              <p className="mt-1 text-ink-2">
                <Said text={one.explanation} most={300} />
              </p>
              <ul className="mt-1 text-xs text-ink-2">
                {one.evidence.map((citation) => (
                  <li key={citation.id} className="num">
                    {brief(citation.description, 160)}
                    {citation.after != null &&
                      `: ${quantity(citation.before, citation.unit)} → ${quantity(citation.after, citation.unit)}`}
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
