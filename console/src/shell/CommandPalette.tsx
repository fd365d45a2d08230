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

/** Finds and runs commands: every page, the preferences, and the missions that are loaded. */
export function CommandPalette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const t = useT();
  const commands = useCommands(onKeys);
  const [query, setQuery] = useState("");
  const [selected, setSelected] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const results = useMemo(() => {
    const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (command: Command) =>
      terms.every((part) => `${command.name} ${command.hint ?? ""}`.toLowerCase().includes(part));
    return commands.filter(matches).slice(0, 12);
  }, [commands, query]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setSelected((index) => (index + step + results.length) % Math.max(1, results.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(results[selected]);
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
        aria-activedescendant={results[selected] ? `command-${results[selected].id}` : undefined}
        aria-label={t("paletteHint")}
        placeholder={t("paletteHint")}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setSelected(0);
        }}
        onKeyDown={onKeyDown}
        className="w-full border-b border-line bg-transparent px-4 py-3 text-base outline-none placeholder:text-ink-3"
      />
      <div
        id="commands"
        role="listbox"
        aria-label={t("palette")}
        className="max-h-[50dvh] overflow-auto p-1.5"
      >
        {results.map((command, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys
          <div
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={row === selected}
            onClick={() => run(command)}
            onMouseMove={() => setSelected(row)}
            className="flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 aria-selected:bg-accent-soft"
          >
            <Icon name={command.icon} className="size-4 text-ink-3" />
            <span className="min-w-0 truncate">{command.name}</span>
            {command.hint && <span className="ml-auto shrink-0 text-xs text-ink-3">{command.hint}</span>}
          </div>
        ))}
        {results.length === 0 && <p className="px-3 py-6 text-center text-ink-2">{t("noResults")}</p>}
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
    const loaded = client
      .getQueriesData<{ pages: MissionListResponse[] }>({ queryKey: ["missions"] })
      .flatMap(([, data]) => data?.pages.flatMap((page) => page.missions) ?? []);
    const missions = [...new Map(loaded.map((mission) => [mission.id, mission])).values()].slice(0, 300);
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
      ...missions.map((mission) => ({
        id: mission.id,
        name: truncate(mission.title, 90),
        hint: word(t, "status", mission.status),
        icon: "missions" as const,
        run: go(`/missions/${mission.id}`),
      })),
    ] satisfies Command[];
  }, [t, user, navigate, client, theme, language, zone, onKeys]);
}
