import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import { useFreshness, useLastResponse } from "@/live/connection";
import { Badge, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";

const APPEARANCE: Record<ReturnType<typeof useFreshness>, [Tone, IconName]> = {
  live: ["ok", "pulse"],
  "catching-up": ["accent", "clock"],
  polling: ["warn", "clock"],
  offline: ["danger", "slash"],
};

/** How current the page is, and since when it is offline. */
export function ConnectionBadge() {
  const t = useT();
  const freshness = useFreshness();
  const [tone, icon] = APPEARANCE[freshness];
  return (
    <span role="status" title={t(`connection.${freshness}.text`)} data-freshness={freshness}>
      <Badge tone={tone} icon={icon} className="py-1">
        {t(`connection.${freshness}`)}
        {freshness === "offline" && <Since />}
      </Badge>
    </span>
  );
}

function Since() {
  const { duration } = useFormats();
  const last = useLastResponse();
  return <span className="num font-normal"> · {duration(Math.max(0, useNow() - last))}</span>;
}
