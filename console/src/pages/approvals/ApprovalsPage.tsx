import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { approvalsQuery } from "@/api/queries";
import type { ApprovalResponse, ApprovalStatus } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { ApprovalStatusBadge } from "@/pages/approvals/ApprovalStatusBadge";
import { actionTarget } from "@/pages/approvals/actionTarget";
import { Countdown } from "@/pages/approvals/Countdown";
import { EmptyState } from "@/ui/EmptyState";
import { RiskBadge } from "@/ui/MissionBadges";
import { QueryView } from "@/ui/QueryView";

/** The list of approvals, with the selected one beside it. */
export function ApprovalsPage() {
  const t = useT();
  const { approvalId } = useParams({ strict: false });
  const [status, setStatus] = useState<ApprovalStatus | undefined>("PENDING");
  const query = useQuery(approvalsQuery(status));
  return (
    <div className="lg:grid lg:h-[calc(100dvh-3rem)] lg:grid-cols-[22rem_minmax(0,1fr)]">
      <section
        aria-label={t("approvals")}
        className={`flex min-h-0 flex-col border-line bg-surface lg:border-r ${approvalId ? "max-lg:hidden" : ""}`}
      >
        <header className="flex items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          <h1 className="text-lg font-semibold">{t("approvals")}</h1>
          <select
            className="control text-xs"
            aria-label={t("status")}
            value={status ?? ""}
            onChange={(event) => setStatus((event.target.value || undefined) as ApprovalStatus | undefined)}
          >
            <option value="PENDING">{t("approval.PENDING")}</option>
            <option value="APPROVED">{t("approval.APPROVED")}</option>
            <option value="DENIED">{t("approval.DENIED")}</option>
            <option value="EXPIRED">{t("approval.EXPIRED")}</option>
            <option value="">{t("all")}</option>
          </select>
        </header>
        <div className="min-h-0 flex-1 overflow-auto">
          <QueryView query={query}>
            {({ approvals }) =>
              approvals.length === 0 ? (
                <EmptyState icon="approvals" title={t(status === "PENDING" ? "noApprovals" : "noResults")}>
                  {status === "PENDING" && t("noApprovalsText")}
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {approvals.map((approval) => (
                    <Item key={approval.id} approval={approval} />
                  ))}
                </ul>
              )
            }
          </QueryView>
        </div>
      </section>
      <div className={`min-w-0 overflow-auto ${approvalId ? "" : "max-lg:hidden"}`}>
        {approvalId ? <Outlet /> : <EmptyState icon="approvals" title={t("selectApproval")} />}
      </div>
    </div>
  );
}

function Item({ approval }: { approval: ApprovalResponse }) {
  const t = useT();
  const { shortDateTime } = useFormats();
  const { action } = approval.proposal;
  return (
    <li>
      <Link
        to="/approvals/$approvalId"
        params={{ approvalId: approval.id }}
        activeProps={{ "aria-current": "page" }}
        className="block px-4 py-2.5 hover:bg-sunken aria-[current=page]:bg-accent-soft focus-visible:-outline-offset-2"
      >
        <span className="flex items-baseline justify-between gap-2">
          <span className="min-w-0 truncate font-semibold">
            {word(t, "action", action.kind)}{" "}
            <code className="font-mono text-xs">{truncate(actionTarget(action), 60)}</code>
          </span>
          <RiskBadge risk={approval.risk} />
        </span>
        <span className="mt-0.5 line-clamp-2 text-xs text-ink-2 [overflow-wrap:anywhere]">
          {truncate(approval.proposal.reason, 140)}
        </span>
        <span className="mt-1 flex items-center justify-between gap-2 text-xs text-ink-3">
          <span>{t("byPerson", { name: truncate(approval.requesterName, 40) })}</span>
          {approval.status === "PENDING" ? (
            <Countdown until={approval.decideBy} short />
          ) : (
            <ApprovalStatusBadge status={approval.status} />
          )}
          {approval.decidedAt && <time className="num">{shortDateTime(approval.decidedAt)}</time>}
        </span>
      </Link>
    </li>
  );
}
