import type { AuditListResponse } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import type { AuditSearch } from "@/pages/audit/search";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

const FACETS = ["deed", "actor", "result"] as const;

/** Filters with the number of entries for each value. */
export function AuditFilters({
  search,
  facets,
  onChange,
}: {
  search: AuditSearch;
  facets: AuditListResponse["facets"];
  onChange: (next: AuditSearch) => void;
}) {
  const t = useT();
  const { number } = useFormats();
  const change = (name: keyof AuditSearch, value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value ? { ...rest, [name]: value } : rest);
  };
  return (
    <div className="grid grid-cols-2 items-end gap-3 border-b border-line p-4 sm:grid-cols-3 lg:grid-cols-6">
      {FACETS.map((name) => {
        const chosen = search[name];
        const values = facets[name] ?? [];
        const missing = chosen && !values.some((facet) => facet.value === chosen);
        return (
          <Field key={name} label={t(`audit.${name}`)}>
            <select
              className="control w-full"
              value={chosen ?? ""}
              onChange={(event) => change(name, event.target.value)}
            >
              <option value="">{t("any")}</option>
              {missing && <option value={chosen}>{truncate(chosen, 60)}</option>}
              {values.map((facet) => (
                <option key={facet.value} value={facet.value}>
                  {truncate(facet.value, 60)} ({number(facet.count)})
                </option>
              ))}
            </select>
          </Field>
        );
      })}
      <Field label={t("audit.subject")}>
        <input
          key={search.subject ?? ""}
          data-filter
          className="control w-full"
          maxLength={300}
          defaultValue={search.subject ?? ""}
          onBlur={(event) =>
            event.target.value !== (search.subject ?? "") && change("subject", event.target.value.trim())
          }
          onKeyDown={(event) => event.key === "Enter" && change("subject", event.currentTarget.value.trim())}
        />
      </Field>
      <Field label={t("audit.routine")}>
        <select
          className="control w-full"
          value={search.routine ?? ""}
          onChange={(event) => change("routine", event.target.value)}
        >
          <option value="">{t("audit.routine.none")}</option>
          <option value="all">{t("audit.routine.all")}</option>
        </select>
      </Field>
      <div className="flex min-w-0 items-end gap-2">
        <Field label={t("audit.since")}>
          <input
            type="date"
            className="control w-full"
            value={search.since ?? ""}
            onChange={(event) => change("since", event.target.value)}
          />
        </Field>
        {Object.keys(search).length > 0 && (
          <Button kind="quiet" icon="cross" onClick={() => onChange({})} title={t("clearFilters")}>
            <span className="sr-only">{t("clearFilters")}</span>
          </Button>
        )}
      </div>
    </div>
  );
}
