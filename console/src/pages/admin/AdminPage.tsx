import { getRouteApi, Link } from "@tanstack/react-router";
import { may } from "@/api/rights";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { Dashboards } from "@/pages/admin/Dashboards";
import { Organizations } from "@/pages/admin/Organizations";
import { People } from "@/pages/admin/People";
import { Programs } from "@/pages/admin/Programs";
import { PARTS } from "@/pages/admin/search";
import { Templates } from "@/pages/admin/Templates";
import { viewClass } from "@/pages/missions/SavedViews";

const route = getRouteApi("/admin");
const SHOWN = {
  people: People,
  organizations: Organizations,
  programs: Programs,
  templates: Templates,
  dashboards: Dashboards,
};

/** People, organizations, programs, and where missions may look; the last is all that others see. */
export function AdminPage() {
  const t = useT();
  const parts = may(useUser(), "administer") ? PARTS : (["dashboards"] as const);
  const { part = parts[0] } = route.useSearch();
  const chosen = parts.find((one) => one === part) ?? parts[0];
  const Shown = SHOWN[chosen];
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4 p-4 lg:p-6">
      <h1 className="text-xl font-semibold">{t("administration")}</h1>
      {parts.length > 1 && (
        <nav aria-label={t("administration")} className="flex flex-wrap gap-1">
          {parts.map((one) => (
            <Link
              key={one}
              to="/admin"
              search={one === "people" ? {} : { part: one }}
              className={viewClass(one === chosen)}
              aria-current={one === chosen ? "page" : undefined}
            >
              {t(one)}
            </Link>
          ))}
        </nav>
      )}
      <Shown />
    </div>
  );
}
