import type { AuditListResponse } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import type { AuditSearch } from "@/pages/audit/search";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

const COUNTED = ["deed", "actor", "result"] as const;

/** Facets with how many entries each has, a subject, and a first day. */
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
  const change = (name: keyof AuditSearch, value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value ? { ...rest, [name]: value } : rest);
  };
  return (
    <div className="grid grid-cols-2 items-end gap-3 border-b border-line p-4 sm:grid-cols-3 lg:grid-cols-6">
      {COUNTED.map((name) => {
        const chosen = search[name];
        const values = facets[name] ?? [];
        const gone = chosen && !values.some((one) => one.value === chosen);
        return (
          <Field key={name} label={t(`audit.${name}`)}>
            <select
              className="control w-full"
              value={chosen ?? ""}
              onChange={(event) => change(name, event.target.value)}
            >
              <option value="">{t("any")}</option>
              {gone && <option value={chosen}>{truncate(chosen, 60)}</option>}
              {values.map((one) => (
                <option key={one.value} value={one.value}>
                  {truncate(one.value, 60)} ({one.count.toLocaleString()})
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
