import { Link } from "@tanstack/react-router";
import { useT } from "@/i18n";
import { buttonClass } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

export function NotFoundPage() {
  const t = useT();
  return (
    <EmptyState
      icon="search"
      title={t("pageNotFound")}
      action={
        <Link to="/missions" className={buttonClass()}>
          {t("toMissions")}
        </Link>
      }
    />
  );
}
