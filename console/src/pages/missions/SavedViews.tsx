import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { type MissionSearch, missionSearch } from "@/pages/missions/search";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";

type Saved = { name: string; search: MissionSearch };

const KEY = "ops-agent.views";
const MAX_VIEWS = 12;

function load(): Saved[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored
      .filter((view) => typeof view?.name === "string")
      .map((view) => ({ name: truncate(view.name, 40), search: missionSearch(view.search ?? {}) }));
  } catch {
    return [];
  }
}

export const viewClass = (on: boolean) =>
  `inline-flex min-h-7 items-center rounded-full px-2.5 text-xs font-medium ${
    on ? "bg-ink text-ground" : "text-ink-2 hover:bg-sunken"
  }`;

/** Named filters, saved in this browser. */
export function SavedViews({ search }: { search: MissionSearch }) {
  const t = useT();
  const [saved, setSaved] = useState(load);
  const [naming, setNaming] = useState(false);
  const save = (next: Saved[]) => {
    setSaved(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  };
  const current = JSON.stringify(search);
  const isSaved = saved.some((view) => JSON.stringify(view.search) === current);
  return (
    <>
      {saved.map((view) => (
        <span key={view.name} className="inline-flex items-center">
          <Link
            to="/missions"
            search={view.search}
            className={viewClass(JSON.stringify(view.search) === current)}
          >
            {view.name}
          </Link>
          {JSON.stringify(view.search) === current && (
            <IconButton
              label={t("deleteView", { name: view.name })}
              icon="cross"
              onClick={() => save(saved.filter((other) => other !== view))}
            />
          )}
        </span>
      ))}
      {current !== "{}" && !isSaved && !search.view && saved.length < MAX_VIEWS && (
        <Button small kind="quiet" icon="plus" onClick={() => setNaming(true)}>
          {t("saveView")}
        </Button>
      )}
      {naming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onName={(name) => {
            save([...saved.filter((view) => view.name !== name), { name, search }]);
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const t = useT();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) onName(truncate(name, 40));
  };
  return (
    <Dialog title={t("saveView")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("viewName")}>
          <input
            className="control"
            maxLength={40}
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Button type="submit" kind="primary" className="self-end">
          {t("save")}
        </Button>
      </form>
    </Dialog>
  );
}
