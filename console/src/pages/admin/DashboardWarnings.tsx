import type { ConnectorWarning } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { type Translate, useT } from "@/i18n";
import { Icon } from "@/ui/icons";

const MOST_PANELS = 5;

/** What does not work about a dashboard, although it was registered. */
export function DashboardWarnings({ warnings }: { warnings: ConnectorWarning[] }) {
  const t = useT();
  const { duration } = useFormats();
  if (warnings.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-col gap-1 text-xs" aria-label={t("warnings")}>
      {warnings.map((warning) => (
        <li key={`${warning.kind} ${warning.page} ${(warning.panels ?? []).join()}`}>
          <p className="flex items-start gap-1.5 font-medium text-warn [overflow-wrap:anywhere]">
            <Icon name="alert" className="mt-0.5 size-3.5 shrink-0" />
            {sentence(t, warning, (seconds) => duration(1000 * (seconds ?? 0)))}
          </p>
        </li>
      ))}
    </ul>
  );
}

function sentence(
  t: Translate,
  warning: ConnectorWarning,
  duration: (seconds: number | null | undefined) => string,
): string {
  const names = (warning.panels ?? []).map((panel) => truncate(panel, 60));
  const panels = [...names.slice(0, MOST_PANELS), ...(names.length > MOST_PANELS ? ["…"] : [])].join(", ");
  const range = duration(warning.rangeSeconds);
  const window = duration(warning.windowSeconds);
  switch (warning.kind) {
    case "waits": {
      const looks = (warning.looks ?? []).map(duration).join(", ");
      const waits = t("warning.waits", { range, looks, proof: duration(warning.proofSeconds) });
      if (!warning.longestProofSeconds) return waits;
      return `${waits} ${t("warning.longestProof", { longest: duration(warning.longestProofSeconds) })}`;
    }
    case "window":
      return t("warning.window", { panels, range, window });
    case "step":
      return t("warning.step", { panels, step: duration(warning.stepSeconds), window });
    case "query":
      return t("warning.query", { panels, reason: truncate(warning.reason ?? "", 200) });
    default:
      return t("warning.meaning", { panels });
  }
}
