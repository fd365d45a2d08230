import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "@/api/client";
import type { ArtifactLinkResponse, EventArtifact } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { stripMarkdown, truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { useEventText } from "@/live/renderEvent";
import { laterLookAt, latestObservations, ofKind } from "@/live/story";
import { actionTarget } from "@/pages/approvals/actionTarget";
import { VerificationResult } from "@/pages/mission/change/ChangeView";
import { Compare } from "@/pages/mission/change/Compare";
import { asJson, save } from "@/pages/mission/report/download";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";
import { showToast } from "@/shell/toastStore";
import { Button } from "@/ui/Button";
import { MissionStatusBadge } from "@/ui/MissionBadges";
import { UntrustedText } from "@/ui/UntrustedText";

/** The mission as a report to read, download and print. */
export function ReportView() {
  const t = useT();
  const { detail, mission, events, story } = useMissionDetail();
  const { dateTime, time, percent, quantity } = useFormats();
  const { titleOf, detailOf } = useEventText();
  const artifacts = events.flatMap((event) => event.artifacts);
  const html = artifacts.findLast((artifact) => artifact.kind === "report");
  const markdown = artifacts.findLast((artifact) => artifact.kind === "report-markdown");
  const pairs = useMemo(() => {
    const after = latestObservations(story.pages, "after");
    return [...latestObservations(story.pages, "before")].map(([target, before]) => ({
      target,
      before,
      after: after.get(target) ?? null,
    }));
  }, [story]);
  const proposal = story.proposals.at(-1)?.payload.proposal;
  const decisions = ofKind(events, "decided");
  return (
    <div className="mx-auto max-w-4xl p-4 lg:p-6">
      <div className="mb-4 flex flex-wrap justify-end gap-2 print:hidden">
        {html && <Download request={() => artifactLink(html)} name={`${mission.id}.html`} label="HTML" />}
        {html && <Download request={() => pdfLink(mission.id)} name={`${mission.id}.pdf`} label="PDF" />}
        {markdown && (
          <Download request={() => artifactLink(markdown)} name={`${mission.id}.md`} label="Markdown" />
        )}
        <Button icon="document" onClick={() => save(`${mission.id}.json`, asJson(detail))}>
          JSON
        </Button>
        <Button icon="print" onClick={() => print()}>
          {t("print")}
        </Button>
      </div>
      <article className="flex flex-col gap-6">
        <section>
          <h2 className="sr-only">{t("summary")}</h2>
          <MissionStatusBadge mission={mission} />
          <p className="mt-2 text-lg">
            <UntrustedText text={mission.prompt} />
          </p>
          {mission.summary && (
            <p className="mt-2 text-base text-ink-2">
              <UntrustedText text={mission.summary} />
            </p>
          )}
          <p className="num mt-2 text-xs text-ink-3">
            {t("byPerson", { name: truncate(mission.requesterName, 60) })} · {dateTime(mission.createdAt)}
            {mission.finishedAt && ` – ${dateTime(mission.finishedAt)}`} ·{" "}
            <code className="font-mono">{mission.id}</code>
          </p>
        </section>
        {story.diagnosis && (
          <Section title={t("tab.cause")}>
            {story.cause ? (
              <>
                <p className="font-semibold">
                  <code className="font-mono">{truncate(story.cause.service, 60)}</code>:{" "}
                  {word(t, "incident", story.cause.incidentType)}{" "}
                  <span className="num font-normal text-ink-3">({percent(story.cause.confidence)})</span>
                </p>
                <p className="mt-1">
                  <UntrustedText text={story.cause.explanation} />
                </p>
                <table className="num mt-2 w-full text-xs">
                  <tbody>
                    {story.cause.evidence.map((citation) => (
                      <tr key={citation.id} className="border-t border-line">
                        <td className="py-1 pr-3">
                          <UntrustedText text={citation.description} maxLength={300} />
                        </td>
                        <td className="py-1 pr-2 text-right whitespace-nowrap text-ink-2">
                          {quantity(citation.before, citation.unit)}
                        </td>
                        <td className="py-1 text-right font-semibold whitespace-nowrap">
                          {quantity(citation.after, citation.unit)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </>
            ) : (
              <p>{word(t, "finding", story.diagnosis.payload.diagnosis.verdict)}</p>
            )}
          </Section>
        )}
        {proposal && (
          <Section title={t("whatWasDone")}>
            <p className="font-semibold">
              {word(t, "action", proposal.action.kind)}{" "}
              <code className="font-mono">{truncate(actionTarget(proposal.action), 80)}</code>
            </p>
            <ul className="mt-1 text-ink-2">
              {decisions.map((event) => (
                <li key={event.seq}>
                  {truncate(titleOf(event), 100)}
                  {event.payload.notes && (
                    <>
                      : <UntrustedText text={stripMarkdown(event.payload.notes)} maxLength={300} />
                    </>
                  )}
                </li>
              ))}
              {story.receipt && (
                <li>
                  <UntrustedText text={story.receipt.payload.receipt.detail} maxLength={300} />
                </li>
              )}
            </ul>
          </Section>
        )}
        {story.verification && (
          <Section title={t("tab.change")}>
            <VerificationResult
              verification={story.verification.payload.verification}
              looksAgainAt={mission.looksAgainAt}
              seenLaterAt={laterLookAt(story)}
            />
          </Section>
        )}
        {pairs.length > 0 && (
          <Section title={t("visitedPages")}>
            <div className="flex flex-col gap-4">
              {pairs.map((pair) => (
                <div key={pair.target} className="card break-inside-avoid">
                  <h3 className="border-b border-line px-3 py-2 font-medium">
                    {truncate(pair.before.observation.title, 80)}
                  </h3>
                  <Compare before={pair.before} after={pair.after} />
                </div>
              ))}
            </div>
          </Section>
        )}
        <Section title={t("steps")}>
          <ol className="text-xs">
            {events.map((event) => (
              <li key={event.seq} className="flex gap-3 border-t border-line py-1">
                <span className="num shrink-0 text-ink-3">
                  {event.seq} · {time(event.at)}
                </span>
                <span className="min-w-0 [overflow-wrap:anywhere]">
                  <b className="font-medium">{truncate(titleOf(event), 140)}</b>{" "}
                  <span className="text-ink-2">{truncate(stripMarkdown(detailOf(event)), 240)}</span>
                </span>
              </li>
            ))}
          </ol>
        </Section>
      </article>
    </div>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h2 className="mb-2 text-base font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const artifactLink = (artifact: EventArtifact) =>
  unwrap(api.GET("/api/artifacts/{artifact_id}", { params: { path: { artifact_id: artifact.id } } }));

/** The browser worker prints the PDF on request, which takes some seconds. */
const pdfLink = (id: string) =>
  unwrap(api.GET("/api/missions/{mission_id}/report/pdf", { params: { path: { mission_id: id } } }));

/** Downloads a report through its presigned link. */
function Download({
  request,
  label,
  name,
}: {
  request: () => Promise<ArtifactLinkResponse>;
  label: string;
  name: string;
}) {
  const t = useT();
  const downloading = useMutation({
    mutationFn: request,
    onSuccess: (link) => {
      const anchor = document.createElement("a");
      anchor.href = link.url;
      anchor.download = name;
      anchor.rel = "noreferrer";
      anchor.click();
    },
    onError: (error) => showToast({ tone: "danger", title: t("downloadFailed"), text: error.message }),
  });
  return (
    <Button icon="document" busy={downloading.isPending} onClick={() => downloading.mutate()}>
      {label}
    </Button>
  );
}
