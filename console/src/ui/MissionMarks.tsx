import type { Mission } from "@/api/schema";
import { useT, word } from "@/i18n";
import { Badge, Mark, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";

type Look = [Tone, IconName];

const STATUS: Record<string, Look> = {
  PENDING: ["neutral", "clock"],
  RUNNING: ["accent", "play"],
  AWAITING_APPROVAL: ["warn", "approvals"],
  COMPLETED: ["neutral", "check"],
  FAILED: ["danger", "cross"],
  CANCELLED: ["neutral", "slash"],
};
const OUTCOME: Record<string, Look> = {
  recovered: ["ok", "check"],
  healthy: ["ok", "check"],
  not_recovered: ["danger", "alert"],
  unknown: ["warn", "alert"],
  inconclusive: ["warn", "search"],
  nothing_to_do: ["neutral", "check"],
  refused: ["danger", "shield"],
  denied: ["neutral", "cross"],
  expired: ["warn", "clock"],
  not_done: ["warn", "slash"],
  cancelled: ["neutral", "slash"],
  failed: ["danger", "cross"],
  timed_out: ["danger", "clock"],
  quarantined: ["danger", "shield"],
};
const RISK: Record<string, Look> = {
  LOW: ["neutral", "shield"],
  MEDIUM: ["warn", "shield"],
  HIGH: ["danger", "alert"],
  CRITICAL: ["danger", "alert"],
};
const PLAIN: Look = ["neutral", "dot"];

/** Where a mission stands, or how it ended: a picture and a word. */
export function StatusMark({
  mission,
  badge = false,
}: {
  mission: Pick<Mission, "status" | "outcome">;
  badge?: boolean;
}) {
  const t = useT();
  const { status, outcome } = mission;
  const [tone, icon] = (outcome ? OUTCOME[outcome] : STATUS[status]) ?? PLAIN;
  const name = outcome ? word(t, "outcome", outcome) : word(t, "status", status);
  return badge ? (
    <Badge tone={tone} icon={icon} className="py-0.5">
      {name}
    </Badge>
  ) : (
    <Mark tone={tone} icon={icon}>
      {name}
    </Mark>
  );
}

export function RiskMark({ risk, badge = false }: { risk: string; badge?: boolean }) {
  const t = useT();
  const [tone, icon] = RISK[risk] ?? PLAIN;
  const name = word(t, "risk", risk);
  return badge ? (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  ) : (
    <Mark tone={tone} icon={icon}>
      {name}
    </Mark>
  );
}
