import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { dashboardsQuery } from "@/api/queries";
import type { DashboardMatch, DashboardPageRequest, DashboardResponse, PageConfig } from "@/api/schema";
import { truncate, visible } from "@/format/text";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { EmptyState } from "@/ui/EmptyState";
import { QueryView } from "@/ui/QueryView";
import { TextField } from "@/ui/TextField";

/** Chooses the pages that missions visit from what the product itself has. */
export function DashboardPages({
  dashboard,
  onClose,
}: {
  dashboard: DashboardResponse;
  onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const id = dashboard.id ?? "";
  const [words, setWords] = useState("");
  const [sought, setSought] = useState("");
  const search = useQuery({
    queryKey: ["dashboards", id, "search", sought],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/dashboards/{dashboard_id}/search", {
          params: { path: { dashboard_id: id }, query: { words: sought } },
          signal,
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });
  const onFailure = (error: Error) =>
    showToast({ tone: "danger", title: t("actionFailed"), text: error.message });
  const onSuccess = () => client.invalidateQueries({ queryKey: dashboardsQuery.queryKey, exact: true });
  const adding = useMutation({
    mutationFn: ({ title, path, panels, queries }: DashboardPageRequest) =>
      unwrap(
        api.POST("/api/dashboards/{dashboard_id}/pages", {
          params: { path: { dashboard_id: id } },
          body: { title, path, panels, queries },
        }),
      ),
    onSuccess,
    onError: onFailure,
  });
  const removing = useMutation({
    mutationFn: (page: string) =>
      unwrap(
        api.DELETE("/api/dashboards/{dashboard_id}/pages", {
          params: { path: { dashboard_id: id }, query: { page } },
        }),
      ),
    onSuccess,
    onError: onFailure,
  });
  const pages = dashboard.config?.pages ?? [];
  const send = (event: FormEvent) => {
    event.preventDefault();
    setSought(words.trim());
  };
  return (
    <Dialog title={t("dashboard.pagesOf", { name: truncate(dashboard.name, 60) })} onClose={onClose} wide>
      <div className="flex flex-col gap-4">
        <section aria-label={t("dashboard.visited")}>
          <h3 className="mb-1 text-xs font-medium text-ink-2">{t("dashboard.visited")}</h3>
          {pages.length === 0 ? (
            <p className="text-xs text-ink-3">{t("dashboard.noPages")}</p>
          ) : (
            <ul className="flex flex-col gap-1">
              {pages.map((page) => (
                <li key={page.id} className="flex items-center gap-2 text-sm">
                  <span className="min-w-0 flex-1 truncate">{truncate(page.title, 80)}</span>
                  <Button
                    small
                    kind="quiet"
                    className="text-danger"
                    disabled={removing.isPending}
                    aria-label={t("removeNamed", { name: truncate(page.title, 60) })}
                    onClick={() => removing.mutate(page.id)}
                  >
                    {t("remove")}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </section>
        <form onSubmit={send} className="flex items-end gap-2">
          <div className="flex-1">
            <TextField
              label={t("dashboard.searchLabel")}
              type="search"
              maxLength={200}
              value={words}
              onChange={setWords}
            />
          </div>
          <Button type="submit" icon="search" busy={search.isFetching}>
            {t("dashboard.search")}
          </Button>
        </form>
        <QueryView query={search}>
          {({ found, more }) =>
            found.length === 0 ? (
              <EmptyState icon="search" title={t("dashboard.nothingFound")}>
                {t("dashboard.nothingFoundText")}
              </EmptyState>
            ) : (
              <>
                {more && <p className="text-xs text-warn">{t("dashboard.more", { n: found.length })}</p>}
                <ul className="flex max-h-80 flex-col gap-1 overflow-y-auto">
                  {found.map((match) => (
                    <Match
                      key={JSON.stringify([match.kind, match.title, match.path, match.queries])}
                      match={match}
                      added={pages.some((page) => shows(page, match))}
                      busy={adding.isPending}
                      onAdd={() => adding.mutate(match)}
                    />
                  ))}
                </ul>
              </>
            )
          }
        </QueryView>
        <OwnPage
          busy={adding.isPending}
          onAdd={(title, path) => adding.mutate({ title, path, panels: [], queries: [] })}
        />
      </div>
    </Dialog>
  );
}

/** Whether the page shows exactly what the match shows: titles can be equal. */
const shows = (page: PageConfig, match: DashboardMatch) =>
  page.path === match.path &&
  JSON.stringify(page.panels) === JSON.stringify(match.panels) &&
  JSON.stringify((page.queries ?? []).map(({ panel, query }) => [panel, query])) ===
    JSON.stringify(match.queries.map(({ panel, query }) => [panel, query]));

function Match({
  match,
  added,
  busy,
  onAdd,
}: {
  match: DashboardMatch;
  added: boolean;
  busy: boolean;
  onAdd: () => void;
}) {
  const t = useT();
  const name = truncate(match.title, 60);
  return (
    <li className="flex items-center gap-2 text-sm">
      <Badge>{truncate(match.kind, 20)}</Badge>
      <span className="min-w-0 flex-1 truncate">
        {truncate(match.title, 80)}
        {match.path !== "/" && (
          <code className="untrusted ml-2 text-xs text-ink-3">{visible(match.path)}</code>
        )}
      </span>
      <Button
        small
        icon={added ? "check" : "plus"}
        disabled={added || busy}
        aria-label={t(added ? "dashboard.addedNamed" : "dashboard.addNamed", { name })}
        onClick={onAdd}
      >
        {t(added ? "dashboard.added" : "dashboard.addPage")}
      </Button>
    </li>
  );
}

/** A page by its path: of any page, and where the product has no search. */
function OwnPage({ busy, onAdd }: { busy: boolean; onAdd: (title: string, path: string) => void }) {
  const t = useT();
  const [title, setTitle] = useState("");
  const [path, setPath] = useState("/");
  const send = (event: FormEvent) => {
    event.preventDefault();
    onAdd(title, path);
  };
  return (
    <details className="rounded-md border border-line p-3">
      <summary className="cursor-pointer text-xs font-medium text-ink-2">{t("dashboard.ownPage")}</summary>
      <form onSubmit={send} className="mt-3 grid items-end gap-2 sm:grid-cols-[1fr_1fr_auto]">
        <TextField
          label={t("dashboard.pageTitle")}
          required
          maxLength={100}
          value={title}
          onChange={setTitle}
        />
        <TextField
          label={t("dashboard.pagePath")}
          required
          mono
          maxLength={2000}
          value={path}
          onChange={setPath}
        />
        <Button type="submit" busy={busy}>
          {t("dashboard.addPage")}
        </Button>
      </form>
    </details>
  );
}
