import { useMemo } from "react";
import type { Recovery, Verification } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { laterLookAt, latestObservations } from "@/live/story";
import { Compare } from "@/pages/mission/change/Compare";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";
import { Badge, IconLabel, type Tone } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import type { IconName } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { UntrustedText } from "@/ui/UntrustedText";

const RECOVERY: Record<Recovery, [Tone, IconName]> = {
  recovered: ["ok", "check"],
  still_bad_elsewhere: ["warn", "alert"],
  not_recovered: ["danger", "alert"],
  unknown: ["warn", "search"],
};

/** The same panels before and after the action, and the verification with its values. */
export function ChangeView() {
  const t = useT();
  const { mission, story } = useMissionDetail();
  const pairs = useMemo(() => {
    const before = latestObservations(story.pages, "before");
    const after = latestObservations(story.pages, "after");
    return [...before].map(([target, page]) => ({ target, before: page, after: after.get(target) ?? null }));
  }, [story]);
  const verification = story.verification?.payload.verification ?? null;
  const compared = pairs.some((pair) => pair.after);
  if (!verification && !compared) {
    return (
      <EmptyState icon="camera" title={t(mission.finishedAt ? "noChange" : "noChangeYet")}>
        {t(mission.finishedAt ? "noChangeText" : "noChangeYetText")}
      </EmptyState>
    );
  }
  return (
    <div className="mx-auto flex max-w-7xl flex-col gap-4 p-4">
      {verification && (
        <VerificationResult
          verification={verification}
          looksAgainAt={mission.looksAgainAt}
          seenLaterAt={laterLookAt(story)}
        />
      )}
      {pairs.map((pair) => (
        <Panel key={pair.target} title={truncate(pair.before.observation.title, 80)} flush>
          <Compare before={pair.before} after={pair.after} />
        </Panel>
      ))}
    </div>
  );
}

export function VerificationResult({
  verification,
  looksAgainAt,
  seenLaterAt,
}: {
  verification: Verification;
  looksAgainAt: string | null | undefined;
  seenLaterAt: string | null;
}) {
  const t = useT();
  const { quantity, time } = useFormats();
  const [tone, icon] = RECOVERY[verification.recovery] ?? ["neutral", "dot"];
  return (
    <section className="card" aria-label={t("verification")}>
      <div className="p-4">
        <Badge tone={tone} icon={icon}>
          {word(t, "recovery", verification.recovery)}
        </Badge>
        <p className="mt-2 max-w-[80ch] text-base">
          <UntrustedText text={verification.reason} />
        </p>
        {seenLaterAt && <p className="mt-1 text-ink-2">{t("seenLaterAt", { time: time(seenLaterAt) })}</p>}
        {looksAgainAt && <p className="mt-1 text-ink-2">{t("looksAgainAt", { time: time(looksAgainAt) })}</p>}
        {verification.missing.length > 0 && <Lines name={t("missingProof")} lines={verification.missing} />}
        {verification.alerts.length > 0 && (
          <Lines
            name={t("verifiedAlerts")}
            lines={verification.alerts.map(
              (alert) => `${alert.name} ${alert.service}: ${t(alert.fires ? "alertFires" : "alertQuiet")}`,
            )}
          />
        )}
      </div>
      {verification.comparisons.length > 0 && (
        <div className="relative overflow-x-auto border-t border-line">
          <table className="num w-full max-sm:text-xs">
            <thead>
              <tr className="text-left">
                <Th>{t("metric")}</Th>
                <Th right>{t("normal")}</Th>
                <Th right>{t("incidentValue")}</Th>
                <Th right>{t("after")}</Th>
                <Th>{t("result")}</Th>
              </tr>
            </thead>
            <tbody>
              {verification.comparisons.map((comparison) => {
                const [rowTone, rowIcon] = RECOVERY[comparison.recovery] ?? ["neutral", "dot"];
                return (
                  <tr key={comparison.id} className="border-t border-line">
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4">
                      <code className="font-mono text-xs">{truncate(comparison.service, 40)}</code>{" "}
                      {truncate(comparison.metric, 60)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right text-ink-2">
                      {quantity(comparison.normal, comparison.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right text-ink-2">
                      {quantity(comparison.incident, comparison.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right font-semibold">
                      {quantity(comparison.after, comparison.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4">
                      <IconLabel tone={rowTone} icon={rowIcon}>
                        <span className="max-sm:sr-only">{word(t, "recovery", comparison.recovery)}</span>
                      </IconLabel>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const Lines = ({ name, lines }: { name: string; lines: string[] }) => (
  <div className="mt-2 max-w-[80ch] text-ink-2">
    <p className="eyebrow">{name}</p>
    <ul aria-label={name}>
      {[...new Set(lines)].map((line) => (
        <li key={line}>
          <UntrustedText text={line} maxLength={300} />
        </li>
      ))}
    </ul>
  </div>
);

const Th = ({ children, right = false }: { children: React.ReactNode; right?: boolean }) => (
  <th scope="col" className={`eyebrow px-4 py-2 max-sm:px-2 max-sm:first:pl-4 ${right ? "text-right" : ""}`}>
    {children}
  </th>
);
