import { Link } from "@tanstack/react-router";
import type { Diagnosis } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { stripMarkdown, truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";
import { UntrustedText } from "@/ui/UntrustedText";

const APPEARANCE: Record<string, [Tone, IconName]> = {
  found: ["accent", "graph"],
  healthy: ["ok", "check"],
  inconclusive: ["warn", "search"],
};

/** The confidence as a word: a number alone looks more exact than it is. */
function confidenceLevel(confidence: number): "high" | "fair" | "low" {
  if (confidence >= 0.8) return "high";
  return confidence >= 0.5 ? "fair" : "low";
}

/** The cause, its confidence, and what would raise it. */
export function DiagnosisSummary({
  diagnosis,
  seq,
  missionId,
  pages,
}: {
  diagnosis: Diagnosis;
  seq: number;
  missionId: string;
  /** The number of pages behind preliminary hypotheses; null for the diagnosis. */
  pages: number | null;
}) {
  const t = useT();
  const { time, percent } = useFormats();
  const cause = diagnosis.verdict === "found" ? diagnosis.rootCauseCandidates[0] : undefined;
  const [tone, icon] = APPEARANCE[diagnosis.verdict] ?? ["neutral", "dot"];
  const missing = diagnosis.missingEvidence;
  return (
    <section className="card p-4" aria-label={t("verdict")}>
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={tone} icon={icon}>
          {word(t, "finding", diagnosis.verdict)}
        </Badge>
        {pages !== null && (
          <Badge tone="accent" icon="clock">
            {t("afterPages", { n: pages })}
          </Badge>
        )}
        {cause && (
          <Badge>
            {t(`confidence.${confidenceLevel(cause.confidence)}`)} ·{" "}
            <span className="num">{percent(cause.confidence)}</span>
          </Badge>
        )}
        {diagnosis.onset && (
          <span className="num text-xs text-ink-2">{t("since", { time: time(diagnosis.onset) })}</span>
        )}
        <Link
          to="/missions/$id"
          params={{ id: missionId }}
          search={{ at: seq }}
          className="ml-auto text-xs font-medium text-accent hover:underline"
        >
          {t("showStep", { n: seq })}
        </Link>
      </div>
      {cause ? (
        <>
          <p className="mt-2 text-lg font-semibold text-balance">
            <code className="font-mono text-[0.95em]">{truncate(cause.service, 80)}</code>:{" "}
            {word(t, "incident", cause.incidentType)}
          </p>
          <p className="mt-1 max-w-[80ch] text-base text-ink-2">
            <UntrustedText text={cause.explanation} />
          </p>
        </>
      ) : (
        <p className="mt-2 max-w-[80ch] text-base">
          <UntrustedText text={stripMarkdown(diagnosis.summary).split("\n\n")[0] ?? ""} />
        </p>
      )}
      {missing.length > 0 && (
        <div className="mt-3 border-t border-line pt-3">
          <p className="eyebrow mb-1">{t(cause ? "raiseConfidence" : "nextCheck")}</p>
          <ul className="list-disc pl-5 text-ink-2">
            {missing.map((item) => (
              <li key={item}>
                <UntrustedText text={item} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
