import type { Policy } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Badge, IconLabel } from "@/ui/Badge";
import { Panel } from "@/ui/Panel";

/** The time windows of the rules, whether each is open now, and the severity of each action. */
export function Windows({ policy, openWindows }: { policy: Policy; openWindows: string[] }) {
  const t = useT();
  const { shortDateTime } = useFormats();
  const windows = Object.entries(policy.windows);
  const severities = Object.entries(policy.severities);
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Panel title={t("policyWindows")}>
        {windows.length === 0 ? (
          <p className="text-ink-3">{t("noWindows")}</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {windows.map(([name, window]) => (
              <li key={name} className="flex flex-wrap items-baseline justify-between gap-x-3">
                <span>
                  <code className="font-mono text-xs font-semibold">{truncate(name, 60)}</code>
                  <span className="num block text-xs text-ink-2">
                    {"days" in window
                      ? `${window.days.map((day) => word(t, "day", day)).join(", ")} · ${window.from.slice(0, 5)}–${window.to.slice(0, 5)} · ${window.timeZone}`
                      : `${shortDateTime(window.start)} – ${shortDateTime(window.end)}`}
                  </span>
                </span>
                <IconLabel
                  tone={openWindows.includes(name) ? "ok" : "neutral"}
                  icon={openWindows.includes(name) ? "check" : "clock"}
                >
                  {t(openWindows.includes(name) ? "windowOpen" : "windowClosed")}
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
