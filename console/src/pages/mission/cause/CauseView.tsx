import { useMemo } from "react";
import { useT } from "@/i18n";
import { resolveCitations, useEvidence } from "@/live/evidence";
import { highlightsByPage, latestObservations } from "@/live/story";
import { CauseCharts } from "@/pages/mission/cause/CauseCharts";
import { DiagnosisSummary } from "@/pages/mission/cause/DiagnosisSummary";
import { EvidenceCards } from "@/pages/mission/cause/EvidenceCards";
import { HypothesisList } from "@/pages/mission/cause/HypothesisList";
import { IncidentTimeline } from "@/pages/mission/cause/IncidentTimeline";
import { ServiceMap } from "@/pages/mission/cause/ServiceMap";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";

/** Why it happened: each sentence leads to the picture and the number that says so. */
export function CauseView() {
  const t = useT();
  const { mission, story, you } = useMissionDetail();
  const before = useMemo(() => [...latestObservations(story.seen, "before").values()], [story]);
  const index = useEvidence(before);
  const guessed = story.soFar?.payload;
  const diagnosis = guessed?.diagnosis ?? story.diagnosis?.payload.diagnosis;
  if (!diagnosis) {
    return (
      <>
        <EmptyState icon="graph" title={t(mission.finishedAt ? "noDiagnosis" : "noDiagnosisYet")}>
          {t(mission.finishedAt ? "noDiagnosisText" : "noDiagnosisYetText", { n: story.seen.length })}
        </EmptyState>
        {!mission.finishedAt && (
          <div className="mx-auto max-w-xl px-4 pb-4">
            <HypothesisList
              mission={mission}
              candidates={[]}
              stands={story.stands}
              mayGiveFeedback={you.mayGiveFeedback}
            />
          </div>
        )}
      </>
    );
  }
  const [first] = diagnosis.rootCauseCandidates;
  const leading = diagnosis.verdict === "found" ? first : undefined;
  const evidence = first ? resolveCitations(first.evidence, index) : [];
  return (
    <div className="mx-auto flex max-w-7xl flex-col gap-4 p-4">
      <DiagnosisSummary
        diagnosis={diagnosis}
        seq={(story.soFar ?? story.diagnosis)?.seq ?? 1}
        missionId={mission.id}
        pages={guessed?.pages ?? null}
      />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {first && (
            <Panel title={t(leading ? "evidence" : "bestGuess")}>
              <EvidenceCards
                evidence={evidence}
                index={index}
                missionId={mission.id}
                marked={highlightsByPage(story.diagnosis)}
              />
            </Panel>
          )}
          <CauseCharts evidence={evidence} index={index} onset={diagnosis.onset ?? null} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <HypothesisList
            mission={mission}
            candidates={diagnosis.rootCauseCandidates}
            stands={story.stands}
            mayGiveFeedback={you.mayGiveFeedback}
          />
          <ServiceMap graph={diagnosis.serviceGraph} cause={leading?.service ?? null} />
          <IncidentTimeline moments={diagnosis.timeline} />
        </div>
      </div>
    </div>
  );
}
