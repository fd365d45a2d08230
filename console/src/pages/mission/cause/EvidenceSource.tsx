import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { EventArtifact } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import type { EvidenceItem } from "@/live/evidence";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { Dialog } from "@/ui/Dialog";

/** The page of a piece of evidence: its panel, and on a click the page with the panel highlighted. */
export function EvidenceSource({
  item,
  missionId,
  highlights,
}: {
  item: EvidenceItem;
  missionId: string;
  highlights: Map<string, EventArtifact>;
}) {
  const t = useT();
  const { time } = useFormats();
  const [open, setOpen] = useState(false);
  const { page } = item;
  const id = item.kind === "series" ? item.series.panel : "";
  const panel = page.observation.panels.find((candidate) => candidate.id === id);
  const panelImage = page.panels.get(id);
  const highlighted =
    highlights.get(`${page.observation.target}/${page.observation.phase}`) ?? page.screenshot;
  const thumbnail = panelImage ?? page.screenshot;
  const title = truncate(panel ? `${page.observation.title} / ${panel.title}` : page.observation.title, 80);
  return (
    <div className="flex items-center gap-2.5 border-t border-line p-2 text-xs text-ink-2">
      {thumbnail && (
        <button
          type="button"
          aria-label={t("enlarge", { title })}
          onClick={() => setOpen(true)}
          className="shrink-0 cursor-zoom-in rounded-sm"
        >
          <ArtifactImage
            artifact={thumbnail}
            className="h-10 w-16 rounded-sm border border-line object-cover object-top"
          />
        </button>
      )}
      <Link
        to="/missions/$id"
        params={{ id: missionId }}
        search={{ at: page.event.seq }}
        className="min-w-0 hover:underline"
      >
        <span className="block truncate font-medium text-ink">{title}</span>
        <span className="num">{t("atStep", { n: page.event.seq, time: time(page.event.at) })}</span>
      </Link>
      {open && (
        <Dialog title={title} onClose={() => setOpen(false)} wide>
          <div className="flex flex-col gap-3">
            {panelImage && (
              <ArtifactImage artifact={panelImage} className="w-full rounded border border-line" eager />
            )}
            {highlighted && (
              <ArtifactImage artifact={highlighted} className="w-full rounded border border-line" eager />
            )}
          </div>
        </Dialog>
      )}
    </div>
  );
}
