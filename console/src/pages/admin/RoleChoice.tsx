import type { Role } from "@/api/schema";
import { useT, word } from "@/i18n";

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
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-ink-2">{t("roles")}</legend>
      <div className="flex flex-wrap gap-x-4">
        {from.map((role) => (
          <label key={role} className="flex min-h-7 items-center gap-1.5">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={chosen.includes(role)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, role] : chosen.filter((other) => other !== role))
              }
            />
            {word(t, "role", role)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
