import { useState } from "react";
import type { EventView, Mission } from "@/api/schema";
import { useT } from "@/i18n";
import type { Story } from "@/live/story";
import { DetailsTab } from "@/pages/mission/live/DetailsTab";
import { EvidenceTab } from "@/pages/mission/live/EvidenceTab";
import { LogTab } from "@/pages/mission/live/LogTab";
import { Tabs } from "@/ui/Tabs";

type Id = "evidence" | "log" | "details";

/** Evidence, log and details beside the browser. */
export function SidePanel({
  mission,
  events,
  story,
  chosen,
  onChoose,
}: {
  mission: Mission;
  events: EventView[];
  story: Story;
  chosen: EventView | null;
  onChoose: (seq: number) => void;
}) {
  const t = useT();
  const [tab, setTab] = useState<Id>("evidence");
  return (
    <section
      aria-label={t("sidePanel")}
      className="card flex min-h-80 min-w-0 flex-col overflow-hidden pt-1 lg:max-xl:col-span-2 xl:min-h-0"
    >
      <Tabs<Id>
        label={t("sidePanel")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          {
            id: "evidence",
            name: t("evidence"),
            content: <EvidenceTab story={story} onChoose={onChoose} mission={mission} />,
          },
          { id: "log", name: t("log"), content: <LogTab events={events} chosen={chosen} /> },
          { id: "details", name: t("details"), content: <DetailsTab mission={mission} chosen={chosen} /> },
        ]}
      />
    </section>
  );
}
