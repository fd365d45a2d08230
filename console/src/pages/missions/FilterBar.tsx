import { Link } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useState } from "react";
import type { SortBy, Status } from "@/api/schema";
import { useT, word } from "@/i18n";
import { SavedViews, viewClass } from "@/pages/missions/SavedViews";
import { type MissionSearch, VIEWS } from "@/pages/missions/search";
import { Icon } from "@/ui/icons";

const hasFilters = ({ view: _, ...rest }: MissionSearch) => Object.keys(rest).length > 0;

const STATUSES: Status[] = ["PENDING", "RUNNING", "AWAITING_APPROVAL", "COMPLETED", "FAILED", "CANCELLED"];

export function FilterBar({
  search,
  onChange,
  total,
}: {
  search: MissionSearch;
  onChange: (next: MissionSearch) => void;
  total: number | undefined;
}) {
  const t = useT();
  const setFilter = (name: keyof MissionSearch, value?: string) => {
    const { [name]: _, ...rest } = search;
    onChange((value ? { ...rest, [name]: value } : rest) as MissionSearch);
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 pb-2">
      <nav aria-label={t("views")} className="flex flex-wrap gap-1">
        {VIEWS.map((view) => (
          <Link
            key={view}
            to="/missions"
            search={view === "all" ? {} : { view }}
            className={viewClass((search.view ?? "all") === view && !hasFilters(search))}
          >
            {t(`view.${view}`)}
          </Link>
        ))}
        <SavedViews search={search} />
      </nav>
      <div className="flex flex-1 flex-wrap items-center justify-end gap-2 max-sm:basis-full">
        {total !== undefined && (
          <span className="num mr-1 text-xs text-ink-3 max-sm:sr-only">
            {t("missionCount", { n: total })}
          </span>
        )}
        <SearchInput value={search.q ?? ""} onChange={(q) => setFilter("q", q)} />
        <select
          className="control text-xs max-sm:flex-1"
          aria-label={t("status")}
          value={search.status ?? ""}
          onChange={(event) => setFilter("status", event.target.value)}
        >
          <option value="">{t("anyStatus")}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {word(t, "status", status)}
            </option>
          ))}
        </select>
        <select
          className="control text-xs max-sm:flex-1"
          aria-label={t("order")}
          value={`${search.sortBy ?? "createdAt"}/${search.sortOrder ?? "desc"}`}
          onChange={(event) => {
            const [by, order] = event.target.value.split("/");
            const { sortBy: _, sortOrder: __, ...rest } = search;
            onChange({
              ...rest,
              ...(by === "createdAt" ? {} : { sortBy: by as SortBy }),
              ...(order === "asc" ? { sortOrder: "asc" } : {}),
            });
          }}
        >
          <option value="createdAt/desc">{t("order.newest")}</option>
          <option value="createdAt/asc">{t("order.oldest")}</option>
          <option value="priority/desc">{t("order.priority")}</option>
          <option value="status/asc">{t("order.status")}</option>
        </select>
      </div>
    </div>
  );
}

/** The search text. It goes into the address when the typing pauses. */
function SearchInput({ value, onChange }: { value: string; onChange: (words: string) => void }) {
  const t = useT();
  const [text, setText] = useState(value);
  const settledText = useDeferredValue(text);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts a search
  useEffect(() => {
    if (settledText === value) return;
    const timer = setTimeout(() => onChange(settledText.trim()), 250);
    return () => clearTimeout(timer);
  }, [settledText]);
  return (
    <span className="relative max-sm:basis-full">
      <Icon name="search" className="pointer-events-none absolute top-2.5 left-2.5 size-3.5 text-ink-3" />
      <input
        data-filter
        type="search"
        className="control w-44 pl-7 text-xs max-sm:w-full"
        aria-label={t("filterWords")}
        placeholder={t("filterWords")}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </span>
  );
}
