import type { Moment } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { INK, type Tone } from "@/ui/Badge";
import { Icon, type IconName } from "@/ui/icons";
import { Panel } from "@/ui/Panel";

const SEVERITY: Record<string, [Tone, IconName]> = {
  critical: ["danger", "alert"],
  error: ["danger", "alert"],
  warning: ["warn", "alert"],
};

/** What happened in the system, in order. */
export function IncidentTimeline({ moments }: { moments: Moment[] }) {
  const t = useT();
  const { clock } = useTimes();
  if (moments.length === 0) return null;
  return (
    <Panel title={t("incidentTimeline")} flush>
      <ol className="max-h-96 overflow-auto py-1">
        {moments.map((one, row) => {
          const [tone, icon] = SEVERITY[one.severity] ?? ["neutral", "dot"];
          return (
            <li key={row} className="flex gap-3 px-4 py-1.5">
              <time dateTime={one.timestamp} className="num shrink-0 text-xs leading-5 text-ink-3">
                {clock(one.timestamp)}
              </time>
              <Icon name={icon} className={`mt-0.5 size-3.5 ${INK[tone]}`} />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                <span className="sr-only">{word(t, "severity", one.severity)}: </span>
                <code className="font-mono text-xs">{truncate(one.service, 40)}</code>{" "}
                {truncate(one.description, 200)}
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
