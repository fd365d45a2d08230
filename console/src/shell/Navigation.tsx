import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { approvalsQuery } from "@/api/queries";
import { may } from "@/api/rights";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { Icon, type IconName } from "@/ui/icons";

const ITEM =
  "flex min-h-8 items-center gap-2.5 rounded-md px-2.5 font-medium text-ink-2 hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent";

/** The approvals that this user can decide now. */
export function useWaitingForMe() {
  const user = useUser();
  const pending = useQuery({ ...approvalsQuery("PENDING"), enabled: may(user, "decide approval") });
  return (pending.data?.approvals ?? []).filter((approval) => approval.you.mayApprove);
}

export function Navigation() {
  const t = useT();
  const user = useUser();
  const waiting = useWaitingForMe().length;
  return (
    <nav aria-label={t("navigation")} className="flex flex-col gap-0.5 p-2">
      <Item to="/missions" icon="missions" name={t("missions")} />
      <Item to="/approvals" icon="approvals" name={t("approvals")}>
        {waiting > 0 && (
          <span className="num ml-auto rounded-full bg-warn-soft px-1.5 text-2xs font-semibold text-warn">
            <span className="sr-only">{t("waitingForYou")}: </span>
            {waiting}
          </span>
        )}
      </Item>
      {may(user, "read the audit trail") && <Item to="/audit" icon="shield" name={t("audit")} />}
      <Item to="/admin" icon="wrench" name={t("administration")} />
      <Item to="/settings" icon="settings" name={t("settings")} />
    </nav>
  );
}

function Item({
  to,
  icon,
  name,
  children,
}: {
  to: string;
  icon: IconName;
  name: string;
  children?: React.ReactNode;
}) {
  return (
    <Link to={to as "/missions"} className={ITEM} activeProps={{ "aria-current": "page" }}>
      <Icon name={icon} />
      {name}
      {children}
    </Link>
  );
}
