import { signOut } from "@/api/authentication";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/icons";

export function UserMenu() {
  const t = useT();
  const user = useUser();
  return (
    <div className="flex items-center gap-2 px-1">
      <span className="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-ink-2">
        <Icon name="person" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium" title={user.email}>
          {truncate(user.name, 60)}
        </p>
        <p className="truncate text-2xs text-ink-3">
          {user.roles.map((role) => word(t, "role", role)).join(", ")}
        </p>
      </div>
      <IconButton label={t("signOut")} icon="external" onClick={() => void signOut()} />
    </div>
  );
}
