import type { Moment } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { INK, type Tone } from "@/ui/Badge";
import { Icon, type IconName } from "@/ui/icons";
import { Panel } from "@/ui/Panel";

const SEVERITY: Record<string, [Tone, IconName]> = {
  critical: ["danger", "alert"],
  error: ["danger", "alert"],
  warning: ["warn", "alert"],
};

/** The events in the observed system, in their order. */
export function IncidentTimeline({ moments }: { moments: Moment[] }) {
  const t = useT();
  const { time } = useFormats();
  if (moments.length === 0) return null;
  return (
    <Panel title={t("incidentTimeline")} flush>
      <ol className="max-h-96 overflow-auto py-1">
        {moments.map((moment, row) => {
          const [tone, icon] = SEVERITY[moment.severity] ?? ["neutral", "dot"];
          return (
            <li key={row} className="flex gap-3 px-4 py-1.5">
              <time dateTime={moment.timestamp} className="num shrink-0 text-xs leading-5 text-ink-3">
                {time(moment.timestamp)}
              </time>
              <Icon name={icon} className={`mt-0.5 size-3.5 ${INK[tone]}`} />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                <span className="sr-only">{word(t, "severity", moment.severity)}: </span>
                <code className="font-mono text-xs">{truncate(moment.service, 40)}</code>{" "}
                {truncate(moment.description, 200)}
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
