import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { EventArtifact } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT } from "@/i18n";
import type { EvidenceItem } from "@/live/evidence";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { Dialog } from "@/ui/Dialog";

/** Where a claim was seen: its panel alone, and the page with the panel marked. */
export function EvidenceSource({
  found,
  missionId,
  marked,
}: {
  found: EvidenceItem;
  missionId: string;
  marked: Map<string, EventArtifact>;
}) {
  const t = useT();
  const { clock } = useTimes();
  const [open, setOpen] = useState(false);
  const { seen } = found;
  const id = found.kind === "series" ? found.series.panel : "";
  const panel = seen.sighting.panels.find((one) => one.id === id);
  const crop = seen.panels.get(id);
  const page = marked.get(`${seen.sighting.target}/${seen.sighting.phase}`) ?? seen.picture;
  const shown = crop ?? seen.picture;
  const title = truncate(panel ? `${seen.sighting.title} / ${panel.title}` : seen.sighting.title, 80);
  return (
    <div className="flex items-center gap-2.5 border-t border-line p-2 text-xs text-ink-2">
      {shown && (
        <button
          type="button"
          aria-label={t("enlarge", { title })}
          onClick={() => setOpen(true)}
          className="shrink-0 cursor-zoom-in rounded-sm"
        >
          <ArtifactImage
            artifact={shown}
            className="h-10 w-16 rounded-sm border border-line object-cover object-top"
          />
        </button>
      )}
      <Link
        to="/missions/$id"
        params={{ id: missionId }}
        search={{ at: seen.event.seq }}
        className="min-w-0 hover:underline"
      >
        <span className="block truncate font-medium text-ink">{title}</span>
        <span className="num">{t("atStep", { n: seen.event.seq, time: clock(seen.event.at) })}</span>
      </Link>
      {open && (
        <Dialog title={title} onClose={() => setOpen(false)} wide>
          <div className="flex flex-col gap-3">
            {crop && <ArtifactImage artifact={crop} className="w-full rounded border border-line" eager />}
            {page && <ArtifactImage artifact={page} className="w-full rounded border border-line" eager />}
          </div>
        </Dialog>
      )}
    </div>
  );
}
