import { Link } from "@tanstack/react-router";
import { useT } from "@/i18n";
import { buttonClass } from "@/ui/Button";
import { Empty } from "@/ui/Empty";

export function Lost() {
  const t = useT();
  return (
    <Empty
      icon="search"
      title={t("lost")}
      action={
        <Link to="/missions" className={buttonClass()}>
          {t("toMissions")}
        </Link>
      }
    />
  );
}
