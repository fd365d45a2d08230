import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { api, unwrap } from "@/api/client";
import { may } from "@/api/rights";
import type { ExportFormat } from "@/api/schema";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { AuditFilters } from "@/pages/audit/AuditFilters";
import { AuditRow } from "@/pages/audit/AuditRow";
import { ChainBadge } from "@/pages/audit/ChainBadge";
import { auditQuery, auditSearch } from "@/pages/audit/search";
import { save } from "@/pages/mission/report/download";
import { showToast } from "@/shell/toastStore";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { QueryView } from "@/ui/QueryView";

const route = getRouteApi("/audit");

/** The audit log: which person or program did what, from where, and what changed. */
export function AuditPage() {
  const t = useT();
  const user = useUser();
  if (may(user, "read the audit trail")) return <AuditLog />;
  return (
    <EmptyState icon="shield" title={t("error.forbidden")}>
      {t("needsRole")}
    </EmptyState>
  );
}

function AuditLog() {
  const t = useT();
  const search = auditSearch(route.useSearch());
  const navigate = route.useNavigate();
  const filters = auditQuery(search);
  const query = useInfiniteQuery({
    queryKey: ["audit", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/audit", {
          params: { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (previous) => previous,
  });
  const exporting = useMutation({
    mutationFn: async (format: ExportFormat) => {
      const content = await unwrap(
        api.GET("/api/audit/export", { params: { query: { ...filters, format } }, parseAs: "blob" }),
      );
      save(`audit.${format}`, content as Blob);
    },
    onError: (error) => showToast({ tone: "danger", title: t("downloadFailed"), text: error.message }),
  });
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-4 lg:p-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-xl font-semibold">{t("audit")}</h1>
        {query.data && <ChainBadge entries={query.data.pages.flatMap((page) => page.entries)} />}
        <span className="ml-auto flex gap-2">
          {(["csv", "jsonl"] as const).map((format) => (
            <Button
              key={format}
              small
              icon="document"
              busy={exporting.isPending && exporting.variables === format}
              onClick={() => exporting.mutate(format)}
            >
              {t("exportAs", { format: format.toUpperCase() })}
            </Button>
          ))}
        </span>
      </div>
      <section className="card min-w-0" aria-label={t("audit")}>
        <QueryView query={query}>
          {({ pages }) => (
            <>
              <AuditFilters
                search={search}
                facets={pages[0]?.facets ?? {}}
                onChange={(next) => void navigate({ search: next, replace: true })}
              />
              <p role="status" className="num px-4 pt-3 text-xs text-ink-3">
                {t("auditCount", { n: pages[0]?.total ?? 0 })}
              </p>
              {pages[0]?.entries.length === 0 ? (
                <EmptyState icon="search" title={t("noResults")} />
              ) : (
                <ol className="divide-y divide-line">
                  {pages
                    .flatMap((page) => page.entries)
                    .map((entry) => (
                      <AuditRow key={entry.seq} entry={entry} />
                    ))}
                </ol>
              )}
              {query.hasNextPage && (
                <div className="border-t border-line p-2 text-center">
                  <Button small onClick={() => void query.fetchNextPage()} busy={query.isFetchingNextPage}>
                    {t("more")}
                  </Button>
                </div>
              )}
            </>
          )}
        </QueryView>
      </section>
    </div>
  );
}
