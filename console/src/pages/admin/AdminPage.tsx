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
import { SECTIONS, type SectionName } from "@/pages/admin/search";
import { Templates } from "@/pages/admin/Templates";
import { viewClass } from "@/pages/missions/SavedViews";

const route = getRouteApi("/admin");
const COMPONENTS = {
  people: People,
  organizations: Organizations,
  programs: Programs,
  templates: Templates,
  dashboards: Dashboards,
  policy: PolicySection,
};

const PERMISSIONS: Record<SectionName, Permission> = {
  people: "administer users",
  organizations: "administer organizations",
  programs: "administer users",
  templates: "write templates",
  dashboards: "read dashboards",
  policy: "read the policy",
};

/** The administration, with the sections that the user's roles allow. */
export function AdminPage() {
  const t = useT();
  const user = useUser();
  const sections = SECTIONS.filter((section) => may(user, PERMISSIONS[section]));
  const { part = sections[0] } = route.useSearch();
  const chosen = sections.find((section) => section === part) ?? "dashboards";
  const Section = COMPONENTS[chosen];
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4 p-4 lg:p-6">
      <h1 className="text-xl font-semibold">{t("administration")}</h1>
      {sections.length > 1 && (
        <nav aria-label={t("administration")} className="flex flex-wrap gap-1">
          {sections.map((section) => (
            <Link
              key={section}
              to="/admin"
              search={section === sections[0] ? {} : { part: section }}
              className={viewClass(section === chosen)}
              aria-current={section === chosen ? "page" : undefined}
            >
              {t(section)}
            </Link>
          ))}
        </nav>
      )}
      <Section />
    </div>
  );
}
