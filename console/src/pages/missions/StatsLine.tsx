import { useQuery } from "@tanstack/react-query";
import { queueQuery, statsQuery } from "@/api/queries";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";

/** Success rate, average duration and queue on one line. */
export function StatsLine() {
  const t = useT();
  const { percent, duration } = useFormats();
  const stats = useQuery(statsQuery).data?.stats;
  const queue = useQuery(queueQuery).data?.status;
  if (!stats) return null;
  const parts = [
    stats.total > 0 && t("stats.success", { share: percent(stats.successRate / 100) }),
    stats.avgExecutionTimeMs > 0 && t("stats.average", { time: duration(stats.avgExecutionTimeMs) }),
    queue && t("stats.queue", { active: queue.active, of: queue.concurrency, waiting: queue.waiting }),
  ];
  return <p className="num text-xs text-ink-3">{parts.filter(Boolean).join(" · ")}</p>;
}
