import { useQuery } from "@tanstack/react-query";
import { queueQuery, statsQuery } from "@/api/queries";
import { span } from "@/format/time";
import { useT } from "@/i18n";

/** The missions in four numbers, on one line. */
export function StatsLine() {
  const t = useT();
  const stats = useQuery(statsQuery).data?.stats;
  const queue = useQuery(queueQuery).data?.status;
  if (!stats) return null;
  const told = [
    ...(stats.total ? [t("stats.success", { share: Math.round(stats.successRate) })] : []),
    ...(stats.avgExecutionTimeMs ? [t("stats.average", { time: span(stats.avgExecutionTimeMs) })] : []),
    ...(queue
      ? [
          t("stats.queue", {
            active: queue.active,
            of: queue.concurrency.toLocaleString(),
            waiting: queue.waiting,
          }),
        ]
      : []),
  ];
  return <p className="num text-xs text-ink-3">{told.join(" · ")}</p>;
}
