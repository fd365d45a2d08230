import type { Role } from "@/api/schema";
import { useT, word } from "@/i18n";
import { CheckBoxes } from "@/ui/CheckBoxes";

/** Roles as check boxes. */
export function RoleChoice<Choice extends Role>({
  from,
  chosen,
  onChange,
}: {
  from: readonly Choice[];
  chosen: Choice[];
  onChange: (next: Choice[]) => void;
}) {
  const t = useT();
  return (
    <CheckBoxes
      label={t("roles")}
      from={from}
      chosen={chosen}
      textOf={(role) => word(t, "role", role)}
      onChange={onChange}
    />
  );
}
