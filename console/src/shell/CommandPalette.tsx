import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { signOut } from "@/api/authentication";
import { may } from "@/api/rights";
import type { MissionListResponse } from "@/api/schema";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { setPreferences, usePreferences } from "@/prefs/preferences";
import { Icon, type IconName } from "@/ui/icons";

type Command = { id: string; name: string; hint?: string; icon: IconName; run: () => void };

/** Every place and every recent mission, two keys away. */
export function CommandPalette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const t = useT();
  const commands = useCommands(onKeys);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const found = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (one: Command) =>
      wanted.every((part) => `${one.name} ${one.hint ?? ""}`.toLowerCase().includes(part));
    return commands.filter(fits).slice(0, 12);
  }, [commands, words]);
  const run = (one: Command | undefined) => {
    if (!one) return;
    onClose();
    one.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((was) => (was + step + found.length) % Math.max(1, found.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <dialog
      ref={dialog}
      onCancel={onClose}
      aria-label={t("palette")}
      className="mx-auto mt-[12dvh] w-[calc(100%-2rem)] max-w-xl overflow-hidden rounded-xl border border-line bg-raised p-0 text-ink shadow-pop"
    >
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found[at] ? `command-${found[at].id}` : undefined}
        aria-label={t("paletteHint")}
        placeholder={t("paletteHint")}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={press}
        className="w-full border-b border-line bg-transparent px-4 py-3 text-base outline-none placeholder:text-ink-3"
      />
      <div
        id="commands"
        role="listbox"
        aria-label={t("palette")}
        className="max-h-[50dvh] overflow-auto p-1.5"
      >
        {found.map((one, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
          <div
            key={one.id}
            id={`command-${one.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={row === at}
            onClick={() => run(one)}
            onMouseMove={() => setAt(row)}
            className="flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 aria-selected:bg-accent-soft"
          >
            <Icon name={one.icon} className="size-4 text-ink-3" />
            <span className="min-w-0 truncate">{one.name}</span>
            {one.hint && <span className="ml-auto shrink-0 text-xs text-ink-3">{one.hint}</span>}
          </div>
        ))}
        {found.length === 0 && <p className="px-3 py-6 text-center text-ink-2">{t("paletteNothing")}</p>}
      </div>
    </dialog>
  );
}

function useCommands(onKeys: () => void): Command[] {
  const t = useT();
  const user = useUser();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { theme, language, zone } = usePreferences();
  return useMemo(() => {
    const go = (to: string) => () => void navigate({ to: to as "/missions" });
    const known = client
      .getQueriesData<{ pages: MissionListResponse[] }>({ queryKey: ["missions"] })
      .flatMap(([, data]) => data?.pages.flatMap((page) => page.missions) ?? []);
    const missions = [...new Map(known.map((one) => [one.id, one])).values()].slice(0, 300);
    return [
      ...(may(user, "start mission")
        ? [{ id: "new", name: t("newMission"), hint: "c", icon: "plus" as const, run: go("/new") }]
        : []),
      { id: "missions", name: t("missions"), hint: "g m", icon: "missions", run: go("/missions") },
      { id: "approvals", name: t("approvals"), hint: "g a", icon: "approvals", run: go("/approvals") },
      ...(may(user, "read the audit trail")
        ? [{ id: "audit", name: t("audit"), icon: "shield" as const, run: go("/audit") }]
        : []),
      { id: "admin", name: t("administration"), icon: "wrench", run: go("/admin") },
      { id: "settings", name: t("settings"), hint: "g s", icon: "settings", run: go("/settings") },
      {
        id: "theme",
        name: t("switchTheme"),
        icon: "settings",
        run: () => setPreferences({ theme: theme === "dark" ? "light" : "dark" }),
      },
      {
        id: "zone",
        name: t("switchZone"),
        icon: "clock",
        run: () => setPreferences({ zone: zone === "utc" ? "local" : "utc" }),
      },
      {
        id: "language",
        name: language === "de" ? "English" : "Deutsch",
        icon: "settings",
        run: () => setPreferences({ language: language === "de" ? "en" : "de" }),
      },
      { id: "keys", name: t("shortcuts"), hint: "?", icon: "more", run: onKeys },
      { id: "out", name: t("signOut"), icon: "external", run: () => void signOut() },
      ...missions.map((one) => ({
        id: one.id,
        name: truncate(one.title, 90),
        hint: word(t, "status", one.status),
        icon: "missions" as const,
        run: go(`/missions/${one.id}`),
      })),
    ] satisfies Command[];
  }, [t, user, navigate, client, theme, language, zone, onKeys]);
}
