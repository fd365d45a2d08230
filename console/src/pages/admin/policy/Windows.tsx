import type { Policy } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { Badge, IconLabel } from "@/ui/Badge";
import { Panel } from "@/ui/Panel";

/** The times that rules name, whether they hold now, and how severe each action is. */
export function Windows({ policy, open }: { policy: Policy; open: string[] }) {
  const t = useT();
  const { day } = useTimes();
  const windows = Object.entries(policy.windows);
  const severities = Object.entries(policy.severities);
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Panel title={t("policyWindows")}>
        {windows.length === 0 ? (
          <p className="text-ink-3">{t("noWindows")}</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {windows.map(([name, one]) => (
              <li key={name} className="flex flex-wrap items-baseline justify-between gap-x-3">
                <span>
                  <code className="font-mono text-xs font-semibold">{truncate(name, 60)}</code>
                  <span className="num block text-xs text-ink-2">
                    {"days" in one
                      ? `${one.days.map((each) => word(t, "day", each)).join(", ")} · ${one.from.slice(0, 5)}–${one.to.slice(0, 5)} · ${one.timeZone}`
                      : `${day(one.start)} – ${day(one.end)}`}
                  </span>
                </span>
                <IconLabel
                  tone={open.includes(name) ? "ok" : "neutral"}
                  icon={open.includes(name) ? "check" : "clock"}
                >
                  {t(open.includes(name) ? "windowOpen" : "windowClosed")}
                </IconLabel>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title={t("policySeverities")}>
        <ul className="flex flex-wrap gap-2">
          {severities.map(([action, level]) => (
            <li key={action}>
              <Badge>
                {word(t, "action", action)}: {word(t, "level", level)}
              </Badge>
            </li>
          ))}
        </ul>
        <p className="mt-2 text-xs text-ink-3">{t("unratedIsCritical")}</p>
      </Panel>
    </div>
  );
}
