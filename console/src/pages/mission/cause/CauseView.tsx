import { useMemo } from "react";
import { useT } from "@/i18n";
import { cited, useEvidence } from "@/live/evidence";
import { lookedAt, markedOf } from "@/live/story";
import { CauseCharts } from "@/pages/mission/cause/CauseCharts";
import { EvidenceCards } from "@/pages/mission/cause/EvidenceCards";
import { IncidentTimeline } from "@/pages/mission/cause/IncidentTimeline";
import { RuledOut } from "@/pages/mission/cause/RuledOut";
import { ServiceMap } from "@/pages/mission/cause/ServiceMap";
import { VerdictLine } from "@/pages/mission/cause/VerdictLine";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";

/** Why it happened: each sentence leads to the picture and the number that says so. */
export function CauseView() {
  const t = useT();
  const { mission, story } = useMissionDetail();
  const before = useMemo(() => [...lookedAt(story.seen, "before").values()], [story]);
  const index = useEvidence(before);
  const diagnosis = story.diagnosis?.content;
  if (!diagnosis) {
    return (
      <Empty icon="graph" title={t(mission.finishedAt ? "noDiagnosis" : "noDiagnosisYet")}>
        {t(mission.finishedAt ? "noDiagnosisText" : "noDiagnosisYetText", { n: story.seen.length })}
      </Empty>
    );
  }
  const [first, ...others] = diagnosis.rootCauseCandidates;
  const leading = diagnosis.verdict === "found" ? first : undefined;
  const evidence = first ? cited(first.evidence, index) : [];
  return (
    <div className="mx-auto flex max-w-7xl flex-col gap-4 p-4">
      <VerdictLine diagnosis={diagnosis} seq={story.diagnosis?.step.seq ?? 1} missionId={mission.id} />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {first && (
            <Panel title={t(leading ? "evidence" : "bestGuess")}>
              <EvidenceCards
                evidence={evidence}
                index={index}
                missionId={mission.id}
                marked={markedOf(story.diagnosis)}
              />
            </Panel>
          )}
          <CauseCharts evidence={evidence} index={index} onset={diagnosis.onset ?? null} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <ServiceMap graph={diagnosis.serviceGraph} cause={leading?.service ?? null} />
          <IncidentTimeline moments={diagnosis.timeline} />
          <RuledOut candidates={leading ? others : diagnosis.rootCauseCandidates.slice(1)} />
        </div>
      </div>
    </div>
  );
}
