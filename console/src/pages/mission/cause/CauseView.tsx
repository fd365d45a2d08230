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

/** The diagnosis with its evidence, hypotheses, services and timeline. */
export function CauseView() {
  const t = useT();
  const { mission, story, you } = useMissionDetail();
  const before = useMemo(() => [...latestObservations(story.pages, "before").values()], [story]);
  const index = useEvidence(before);
  const preliminary = story.preliminary?.payload;
  const diagnosis = preliminary?.diagnosis ?? story.diagnosis?.payload.diagnosis;
  if (!diagnosis) {
    return (
      <>
        <EmptyState icon="graph" title={t(mission.finishedAt ? "noDiagnosis" : "noDiagnosisYet")}>
          {t(mission.finishedAt ? "noDiagnosisText" : "noDiagnosisYetText", { n: story.pages.length })}
        </EmptyState>
        {!mission.finishedAt && (
          <div className="mx-auto max-w-xl px-4 pb-4">
            <HypothesisList
              mission={mission}
              candidates={[]}
              feedback={story.feedback}
              mayGiveFeedback={you.mayGiveFeedback}
            />
          </div>
        )}
      </>
    );
  }
  const [likeliest] = diagnosis.rootCauseCandidates;
  const cause = diagnosis.verdict === "found" ? likeliest : undefined;
  const evidence = likeliest ? resolveCitations(likeliest.evidence, index) : [];
  return (
    <div className="mx-auto flex max-w-7xl flex-col gap-4 p-4">
      <DiagnosisSummary
        diagnosis={diagnosis}
        seq={(story.preliminary ?? story.diagnosis)?.seq ?? 1}
        missionId={mission.id}
        pages={preliminary?.pages ?? null}
      />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {likeliest && (
            <Panel title={t(cause ? "evidence" : "likeliestEvidence")}>
              <EvidenceCards
                evidence={evidence}
                index={index}
                missionId={mission.id}
                highlights={highlightsByPage(story.diagnosis)}
              />
            </Panel>
          )}
          <CauseCharts evidence={evidence} index={index} onset={diagnosis.onset ?? null} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <HypothesisList
            mission={mission}
            candidates={diagnosis.rootCauseCandidates}
            feedback={story.feedback}
            mayGiveFeedback={you.mayGiveFeedback}
          />
          <ServiceMap graph={diagnosis.serviceGraph} cause={cause?.service ?? null} />
          <IncidentTimeline moments={diagnosis.timeline} />
        </div>
      </div>
    </div>
  );
}
