import { useMemo } from "react";
import type { Verification } from "@/api/schema";
import { quantity } from "@/format/quantity";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { latestObservations } from "@/live/story";
import { Compare } from "@/pages/mission/change/Compare";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";
import { Badge, IconLabel, type Tone } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import type { IconName } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { UntrustedText } from "@/ui/UntrustedText";

export const RECOVERY: Record<string, [Tone, IconName]> = {
  recovered: ["ok", "check"],
  not_recovered: ["danger", "alert"],
  unknown: ["warn", "search"],
};

/** The same panels before and after, and the verdict with its numbers. */
export function ChangeView() {
  const t = useT();
  const { mission, story } = useMissionDetail();
  const pairs = useMemo(() => {
    const before = latestObservations(story.seen, "before");
    const after = latestObservations(story.seen, "after");
    return [...before].map(([target, one]) => ({ target, before: one, after: after.get(target) ?? null }));
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
      {verification && <Judgement verification={verification} />}
      {pairs.map((pair) => (
        <Panel key={pair.target} title={truncate(pair.before.sighting.title, 80)} flush>
          <Compare before={pair.before} after={pair.after} />
        </Panel>
      ))}
    </div>
  );
}

export function Judgement({ verification }: { verification: Verification }) {
  const t = useT();
  const [tone, icon] = RECOVERY[verification.recovery] ?? ["neutral", "dot"];
  return (
    <section className="card" aria-label={t("judgement")}>
      <div className="p-4">
        <Badge tone={tone} icon={icon}>
          {word(t, "recovery", verification.recovery)}
        </Badge>
        <p className="mt-2 max-w-[80ch] text-base">
          <UntrustedText text={verification.reason} />
        </p>
      </div>
      {verification.comparisons.length > 0 && (
        <div className="relative overflow-x-auto border-t border-line">
          <table className="num w-full max-sm:text-xs">
            <thead>
              <tr className="text-left">
                <Th>{t("series")}</Th>
                <Th right>{t("normal")}</Th>
                <Th right>{t("incidentValue")}</Th>
                <Th right>{t("after")}</Th>
                <Th>{t("result")}</Th>
              </tr>
            </thead>
            <tbody>
              {verification.comparisons.map((one) => {
                const [mark, picture] = RECOVERY[one.recovery] ?? ["neutral", "dot"];
                return (
                  <tr key={one.id} className="border-t border-line">
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4">
                      <code className="font-mono text-xs">{truncate(one.service, 40)}</code>{" "}
                      {truncate(one.metric, 60)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right text-ink-2">
                      {quantity(one.normal, one.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right text-ink-2">
                      {quantity(one.incident, one.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4 text-right font-semibold">
                      {quantity(one.after, one.unit)}
                    </td>
                    <td className="px-4 py-1.5 max-sm:px-2 max-sm:first:pl-4">
                      <IconLabel tone={mark} icon={picture}>
                        <span className="max-sm:sr-only">{word(t, "recovery", one.recovery)}</span>
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

export const Th = ({ children, right = false }: { children: React.ReactNode; right?: boolean }) => (
  <th scope="col" className={`eyebrow px-4 py-2 max-sm:px-2 max-sm:first:pl-4 ${right ? "text-right" : ""}`}>
    {children}
  </th>
);
