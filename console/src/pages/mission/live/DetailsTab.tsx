import { useQuery } from "@tanstack/react-query";
import { jobQuery } from "@/api/queries";
import type { EventView, Mission } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { useT, word } from "@/i18n";
import { Copyable } from "@/ui/Copyable";
import { DescriptionList } from "@/ui/Panel";
import { UntrustedText } from "@/ui/UntrustedText";

/** The prompt, ids and times of the mission and of the selected step. */
export function DetailsTab({ mission, chosen }: { mission: Mission; chosen: EventView | null }) {
  const t = useT();
  const { dateTime, number } = useFormats();
  const job = useQuery(jobQuery(mission)).data?.job;
  return (
    <div className="flex flex-col gap-4 p-3">
      <div>
        <p className="eyebrow mb-1">{t("prompt")}</p>
        <UntrustedText text={mission.prompt} />
      </div>
      <DescriptionList
        items={[
          [t("missionId"), <Copyable key="id" value={mission.id} />],
          ...(job?.workflowId
            ? [[t("workflow"), <Copyable key="w" value={job.workflowId} />] as [string, React.ReactNode]]
            : []),
          [t("priority"), word(t, "priority", mission.priority)],
          [t("created"), dateTime(mission.createdAt)],
          [t("updated"), dateTime(mission.updatedAt)],
          ...(mission.finishedAt ? [[t("finished"), dateTime(mission.finishedAt)] as [string, string]] : []),
          [t("events"), number(mission.lastSeq)],
        ]}
      />
      {chosen && (
        <div>
          <p className="eyebrow mb-1">{t("stepN", { n: chosen.seq })}</p>
          <DescriptionList
            items={[
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
                (artifact) =>
                  [
                    word(t, "artifact", artifact.kind),
                    <Copyable
                      key={artifact.id}
                      value={artifact.sha256}
                      label={artifact.sha256.slice(0, 16)}
                    />,
                  ] as [string, React.ReactNode],
              ),
            ]}
          />
        </div>
      )}
    </div>
  );
}
