import { getRouteApi, Link } from "@tanstack/react-router";
import { may } from "@/api/rights";
import type { Permission } from "@/api/schema";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { Dashboards } from "@/pages/admin/Dashboards";
import { Organizations } from "@/pages/admin/Organizations";
import { People } from "@/pages/admin/People";
import { Programs } from "@/pages/admin/Programs";
import { PolicySection } from "@/pages/admin/policy/PolicySection";
import { PARTS, type Part } from "@/pages/admin/search";
import { Templates } from "@/pages/admin/Templates";
import { viewClass } from "@/pages/missions/SavedViews";

const route = getRouteApi("/admin");
const SHOWN = {
  people: People,
  organizations: Organizations,
  programs: Programs,
  templates: Templates,
  dashboards: Dashboards,
  policy: PolicySection,
};

const NEEDS: Record<Part, Permission> = {
  people: "administer users",
  organizations: "administer organizations",
  programs: "administer users",
  templates: "write templates",
  dashboards: "read dashboards",
  policy: "read the policy",
};

/** People, organizations, programs, where missions may look, and the policy. Each sees what is for them. */
export function AdminPage() {
  const t = useT();
  const user = useUser();
  const parts = PARTS.filter((one) => may(user, NEEDS[one]));
  const { part = parts[0] } = route.useSearch();
  const chosen = parts.find((one) => one === part) ?? "dashboards";
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
              search={one === parts[0] ? {} : { part: one }}
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
