import { useQuery } from "@tanstack/react-query";
import { jobQuery } from "@/api/queries";
import type { EventView, Mission } from "@/api/schema";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { Copyable } from "@/ui/Copyable";
import { DescriptionList } from "@/ui/Panel";
import { UntrustedText } from "@/ui/UntrustedText";

/** What to copy into a ticket, and where Temporal has it. */
export function DetailsTab({ mission, chosen }: { mission: Mission; chosen: EventView | null }) {
  const t = useT();
  const { full } = useTimes();
  const job = useQuery(jobQuery(mission)).data?.job;
  return (
    <div className="flex flex-col gap-4 p-3">
      <div>
        <p className="eyebrow mb-1">{t("prompt")}</p>
        <UntrustedText text={mission.prompt} />
      </div>
      <DescriptionList
        of={[
          [t("missionId"), <Copyable key="id" value={mission.id} />],
          ...(job?.workflowId
            ? [[t("workflow"), <Copyable key="w" value={job.workflowId} />] as [string, React.ReactNode]]
            : []),
          [t("priority"), word(t, "priority", mission.priority)],
          [t("created"), full(mission.createdAt)],
          [t("updated"), full(mission.updatedAt)],
          ...(mission.finishedAt ? [[t("finished"), full(mission.finishedAt)] as [string, string]] : []),
          [t("events"), String(mission.lastSeq)],
        ]}
      />
      {chosen && (
        <div>
          <p className="eyebrow mb-1">{t("stepN", { n: chosen.seq })}</p>
          <DescriptionList
            of={[
              [t("key"), <Copyable key="k" value={chosen.key} />],
              ...(chosen.correlationId
                ? [
                    [t("correlation"), <Copyable key="c" value={chosen.correlationId} />] as [
                      string,
                      React.ReactNode,
                    ],
                  ]
                : []),
              ...chosen.artifacts.map(
                (one) =>
                  [
                    word(t, "artifact", one.kind),
                    <Copyable key={one.id} value={one.sha256} shown={one.sha256.slice(0, 16)} />,
                  ] as [string, React.ReactNode],
              ),
            ]}
          />
        </div>
      )}
    </div>
  );
}
