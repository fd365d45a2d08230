import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { approvalQuery } from "@/api/queries";
import { useT } from "@/i18n";
import { ApprovalCard } from "@/pages/approvals/ApprovalCard";
import { Icon } from "@/ui/icons";
import { QueryView } from "@/ui/QueryView";
import { Skeleton } from "@/ui/Skeleton";

const route = getRouteApi("/approvals/$approvalId");

export function ApprovalRoute() {
  const t = useT();
  const { approvalId } = route.useParams();
  const query = useQuery(approvalQuery(approvalId));
  return (
    <>
      <Link
        to="/approvals"
        className="flex min-h-9 items-center gap-1 border-b border-line px-4 text-ink-2 lg:hidden"
      >
        <Icon name="left" className="size-3.5" /> {t("approvals")}
      </Link>
      <QueryView query={query} skeleton={<Skeleton rows={12} />}>
        {(approval) => <ApprovalCard key={approvalId} approval={approval} />}
      </QueryView>
    </>
  );
}
