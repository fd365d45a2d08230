import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import type { ApprovalResponse, Difference, ProofPlan } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate, visible } from "@/format/text";
import { useT, word } from "@/i18n";
import { missionQuery } from "@/live/mission";
import { ApprovalChangedNotice, changesBetween } from "@/pages/approvals/ApprovalChangedNotice";
import { ApprovalEvidence } from "@/pages/approvals/ApprovalEvidence";
import { ApprovalStatusBadge } from "@/pages/approvals/ApprovalStatusBadge";
import { Countdown } from "@/pages/approvals/Countdown";
import { DecisionForm } from "@/pages/approvals/DecisionForm";
import { isParticipant, ParticipantList } from "@/pages/approvals/ParticipantList";
import { WithdrawVote } from "@/pages/approvals/WithdrawVote";
import { Badge } from "@/ui/Badge";
import { Copyable } from "@/ui/Copyable";
import { RiskBadge } from "@/ui/MissionBadges";
import { UntrustedText, UnverifiedText } from "@/ui/UntrustedText";

/** An approval request, in the order in which a person decides: the change, its risk, its reason, its rollback. */
export function ApprovalCard({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const { dateTime, percent } = useFormats();
  const [viewed, setViewed] = useState(approval);
  const changes = changesBetween(viewed, approval);
  const { proposal, verdict } = approval;
  const { action } = proposal;
  useEffect(() => {
    if (changes.length === 0 && viewed !== approval) setViewed(approval);
  }, [changes.length, viewed, approval]);
  return (
    <article className="mx-auto max-w-4xl p-4 lg:p-6" aria-labelledby="approval-title">
      <header className="mb-4">
        <div className="flex flex-wrap items-center gap-2">
          <ApprovalStatusBadge status={approval.status} badge />
          <RiskBadge risk={approval.risk} badge />
          <Badge icon="flag">{truncate(action.environment, 40)}</Badge>
          {action.cluster && (
            <Badge>
              {t("cluster")} {truncate(action.cluster, 40)}
            </Badge>
          )}
          {action.namespace && (
            <Badge>
              {t("namespace")} {truncate(action.namespace, 40)}
            </Badge>
          )}
          {approval.status === "PENDING" && (
            <span className="ml-auto text-ink-2">
              <Countdown until={approval.decideBy} />
            </span>
          )}
        </div>
        <h1 id="approval-title" className="mt-2 text-xl font-semibold [overflow-wrap:anywhere]">
          {word(t, "action", action.kind)}{" "}
          <code className="font-mono text-[0.95em]">{visible(action.service)}</code>
        </h1>
        <MissionLine approval={approval} />
      </header>
      {changes.length > 0 && <ApprovalChangedNotice changes={changes} onRead={() => setViewed(approval)} />}
      <div className="card divide-y divide-line">
        <Row name={t("diff")}>
          <Diff approval={approval} />
        </Row>
        {proposal.changed.length > 0 && (
          <Row name={t("changedSinceRequest")}>
            <DifferenceTable differences={proposal.changed} />
          </Row>
        )}
        {proposal.dryRun && (
          <Row name={t("dryRun")}>
            <code className="untrusted block rounded bg-sunken px-2 py-1 font-mono text-xs">
              {visible(proposal.dryRun)}
            </code>
          </Row>
        )}
        <Row name={t("blastRadius")}>
          <UntrustedText text={proposal.blastRadius} />
        </Row>
        <Row name={t("riskWhy")}>
          <RiskBadge risk={approval.risk} />
          <p className="mt-0.5 text-ink-2">
            <UntrustedText text={verdict.reason} />{" "}
            <span className="text-xs text-ink-3">{t("byRule", { rule: truncate(verdict.rule, 60) })}</span>
          </p>
        </Row>
        <Row name={t("agentReason")}>
          <UnverifiedText text={proposal.reason} />
          <p className="num mt-1 text-xs text-ink-3">
            {t("confidenceShare", { share: percent(proposal.confidence) })}
          </p>
        </Row>
        <Row name={t("evidence")}>
          <ApprovalEvidence approval={approval} />
        </Row>
        <Row name={t("rollback")}>
          <UntrustedText text={proposal.rollback} />
        </Row>
        <Row name={t("howVerified")}>
          <UntrustedText text={proposal.verification} />
          {proposal.proof && <ProofTime proof={proposal.proof} />}
        </Row>
        {proposal.alternatives.length > 0 && (
          <Row name={t("alternatives")}>
            <ul className="flex flex-col gap-1">
              {proposal.alternatives.map((alternative) => (
                <li key={alternative.words}>
                  <span className="font-medium">{truncate(alternative.words, 120)}</span>{" "}
                  <span className="num text-xs text-ink-3">{percent(alternative.confidence)}</span>
                  <span className="block text-ink-2">
                    <UntrustedText text={alternative.reason} maxLength={200} />
                  </span>
                </li>
              ))}
            </ul>
          </Row>
        )}
        <Row name={t("requester")}>{truncate(approval.requesterName, 80)}</Row>
        <Row name={t("participants")}>
          <ParticipantList approval={approval} />
        </Row>
        <Row name={t("quorum")}>
          <span className="num font-medium">
            {t("quorumOf", { n: approval.agreed, of: approval.quorum })}
          </span>
          {approval.votes.length > 0 && (
            <ul className="mt-1 flex flex-col gap-1">
              {approval.votes.map((vote) => (
                <li key={vote.person} className="text-ink-2">
                  <b className="font-medium text-ink">{truncate(vote.name, 60)}</b>{" "}
                  {word(t, "vote", vote.answer)}
                  <time className="num text-xs text-ink-3"> · {dateTime(vote.at)}</time>
                  {isParticipant(approval, vote.person) && (
                    <span className="text-warn"> · {t("voteDoesNotCount")}</span>
                  )}
                  {vote.notes && (
                    <span className="block border-l-2 border-line-strong pl-2">
                      <UntrustedText text={vote.notes} maxLength={300} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Row>
        {approval.verdict.group && (
          <Row name={t("askedGroup")}>
            {t(approval.widenedAt ? "askedGroupThen" : "askedGroupNow", {
              group: truncate(approval.verdict.group, 70),
            })}
          </Row>
        )}
        {approval.gateway && (
          <Row name={t("externalGateway")}>
            {word(t, "gatewayState", approval.gateway)}
            <p className="text-xs text-ink-3">{approval.veto ?? t("gatewayText")}</p>
          </Row>
        )}
        <Row name={t("actionHash")}>
          <Copyable
            value={approval.actionHash}
            label={`${approval.actionHash.slice(0, 12)} … ${approval.actionHash.slice(-8)}`}
          />
          <p className="text-xs text-ink-3">{t("actionHashText")}</p>
        </Row>
      </div>
      <WithdrawVote approval={approval} />
      <DecisionForm approval={approval} shown={viewed} blocked={changes.length > 0} />
    </article>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 sm:grid-cols-[9.5rem_minmax(0,1fr)]">
      <h2 className="text-xs leading-5 font-medium text-ink-3">{name}</h2>
      <div className="min-w-0">{children}</div>
    </section>
  );
}

function Diff({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const { proposal } = approval;
  const params = Object.entries(proposal.action.params);
  if (proposal.diff.length > 0) return <DifferenceTable differences={proposal.diff} />;
  return (
    <p>
      {params.length
        ? params.map(([name, value]) => `${visible(name)} = ${visible(String(value))}`).join(", ")
        : t("noDiff")}
    </p>
  );
}

function DifferenceTable({ differences }: { differences: Difference[] }) {
  const t = useT();
  return (
    <table className="w-full font-mono text-xs">
      <thead className="sr-only">
        <tr>
          <th>{t("field")}</th>
          <th>{t("now")}</th>
          <th>{t("proposedValue")}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map((difference) => (
          <tr key={difference.field}>
            <th scope="row" className="pr-4 text-left font-medium whitespace-nowrap">
              {visible(difference.field)}
            </th>
            <td className="pr-2 text-danger line-through decoration-danger/50">
              {visible(String(difference.now))}
            </td>
            <td className="w-full font-semibold text-ok">
              <span aria-hidden="true" className="mr-2 font-normal text-ink-3">
                →
              </span>
              {visible(String(difference.proposed))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How long it takes until the verification can prove anything, in whole minutes, and why. */
function ProofTime({ proof }: { proof: ProofPlan }) {
  const t = useT();
  const { duration } = useFormats();
  const values = {
    window: duration(1000 * proof.queryWindowSeconds),
    samples: proof.samples,
    step: duration(1000 * proof.stepSeconds),
  };
  return (
    <p className="num mt-0.5 text-ink-2">
      {t("proofTakes", { n: Math.max(1, Math.round(proof.seconds / 60)) })}{" "}
      <span className="text-xs text-ink-3">
        {t(proof.queryWindowSeconds > 0 ? "proofWhy" : "proofSamples", values)}
      </span>
    </p>
  );
}

function MissionLine({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const mission = useQuery(missionQuery(approval.missionId)).data?.mission;
  return (
    <p className="mt-1 text-ink-2">
      {t("forMission")}{" "}
      <Link
        to="/missions/$id"
        params={{ id: approval.missionId }}
        className="font-medium text-accent hover:underline"
      >
        <bdi>{mission ? truncate(mission.title, 120) : approval.missionId.slice(0, 8)}</bdi>
      </Link>
    </p>
  );
}
