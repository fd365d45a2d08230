import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { may } from "@/api/rights";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { CommandPalette } from "@/shell/CommandPalette";
import { ConnectionBadge } from "@/shell/ConnectionBadge";
import { Navigation } from "@/shell/Navigation";
import { OrganizationSwitch } from "@/shell/OrganizationSwitch";
import { ShortcutList } from "@/shell/ShortcutList";
import { Toasts } from "@/shell/Toasts";
import { UserMenu } from "@/shell/UserMenu";
import { useNotifications } from "@/shell/useNotifications";
import { useShortcuts } from "@/shell/useShortcuts";
import { buttonClass, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/icons";

/** The frame around every page: navigation, header, dialogs and toasts. */
export function Shell() {
  const t = useT();
  const [open, setOpen] = useState<"palette" | "keys" | "menu" | null>(null);
  const close = () => setOpen(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  useShortcuts({ palette: () => setOpen("palette"), keys: () => setOpen("keys") });
  useNotifications();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a navigation closes the menu
  useEffect(() => setOpen((current) => (current === "menu" ? null : current)), [path]);
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] md:grid-cols-[12.5rem_minmax(0,1fr)] print:block">
      <a
        href="#content"
        className="sr-only z-50 rounded bg-accent px-3 py-1.5 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("skip")}
      </a>
      <aside
        className={`border-line bg-surface md:sticky md:top-0 md:row-span-2 md:flex md:h-dvh md:flex-col md:border-r print:hidden ${open === "menu" ? "row-start-2 flex flex-col border-b" : "hidden"}`}
      >
        <Link to="/missions" className="hidden h-12 items-center gap-2 px-4 font-semibold md:flex">
          <span className="grid size-6 place-items-center rounded-md bg-accent text-on-accent">
            <Icon name="missions" />
          </span>
          OPS-Agent
        </Link>
        <Navigation />
        <div className="mt-auto flex flex-col gap-2 border-t border-line p-2">
          <OrganizationSwitch />
          <UserMenu />
        </div>
      </aside>
      <header className="sticky top-0 z-30 col-start-1 row-start-1 flex h-12 items-center gap-2 border-b border-line bg-ground/90 px-4 backdrop-blur md:col-start-2 print:hidden">
        <IconButton
          label={t("menu")}
          icon={open === "menu" ? "cross" : "menu"}
          aria-expanded={open === "menu"}
          className="md:hidden"
          onClick={() => setOpen(open === "menu" ? null : "menu")}
        />
        <button
          type="button"
          onClick={() => setOpen("palette")}
          className="control flex min-w-0 flex-1 items-center gap-2 text-left text-ink-3 hover:border-ink-3 sm:max-w-80"
        >
          <Icon name="search" className="size-3.5" />
          <span className="truncate">{t("paletteHint")}</span>
          <kbd className="ml-auto hidden font-sans text-2xs sm:inline">Ctrl K</kbd>
        </button>
        <div className="ml-auto flex items-center gap-2">
          <ConnectionBadge />
          <NewMissionLink />
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1} className="min-w-0 outline-none md:col-start-2">
        <Outlet />
      </main>
      {open === "palette" && <CommandPalette onClose={close} onKeys={() => setOpen("keys")} />}
      {open === "keys" && <ShortcutList onClose={close} />}
      <Toasts />
    </div>
  );
}

function NewMissionLink() {
  const t = useT();
  if (!may(useUser(), "start mission")) return null;
  return (
    <Link to="/new" className={buttonClass()}>
      <Icon name="plus" className="size-3.5" />
      <span className="max-sm:sr-only">{t("newMission")}</span>
    </Link>
  );
}
