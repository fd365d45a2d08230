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
const MOST = 12;

function read(): Saved[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept
      .filter((one) => typeof one?.name === "string")
      .map((one) => ({ name: truncate(one.name, 40), search: missionSearch(one.search ?? {}) }));
  } catch {
    return [];
  }
}

export const viewClass = (on: boolean) =>
  `inline-flex min-h-7 items-center rounded-full px-2.5 text-xs font-medium ${
    on ? "bg-ink text-ground" : "text-ink-2 hover:bg-sunken"
  }`;

/** Filters that the person keeps under a name, in this browser. */
export function SavedViews({ search }: { search: MissionSearch }) {
  const t = useT();
  const [saved, setSaved] = useState(read);
  const [naming, setNaming] = useState(false);
  const keep = (next: Saved[]) => {
    setSaved(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  };
  const now = JSON.stringify(search);
  const named = saved.some((one) => JSON.stringify(one.search) === now);
  return (
    <>
      {saved.map((one) => (
        <span key={one.name} className="inline-flex items-center">
          <Link to="/missions" search={one.search} className={viewClass(JSON.stringify(one.search) === now)}>
            {one.name}
          </Link>
          {JSON.stringify(one.search) === now && (
            <IconButton
              label={t("forgetView", { name: one.name })}
              icon="cross"
              onClick={() => keep(saved.filter((other) => other !== one))}
            />
          )}
        </span>
      ))}
      {now !== "{}" && !named && !search.view && saved.length < MOST && (
        <Button small kind="quiet" icon="plus" onClick={() => setNaming(true)}>
          {t("saveView")}
        </Button>
      )}
      {naming && (
        <Naming
          onClose={() => setNaming(false)}
          onName={(name) => {
            keep([...saved.filter((one) => one.name !== name), { name, search }]);
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function Naming({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
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
