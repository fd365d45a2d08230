import type { Mission, Outcome } from "@/api/schema";
import { type Translate, useT, word } from "@/i18n";
import { Badge, IconLabel, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";

type Appearance = [Tone, IconName];

const STATUS: Record<string, Appearance> = {
  PENDING: ["neutral", "clock"],
  RUNNING: ["accent", "play"],
  AWAITING_APPROVAL: ["warn", "approvals"],
  COMPLETED: ["neutral", "check"],
  FAILED: ["danger", "cross"],
  CANCELLED: ["neutral", "slash"],
};
const OUTCOME: Record<Outcome | "recovered_so_far", Appearance> = {
  recovered: ["ok", "check"],
  recovered_so_far: ["ok", "clock"],
  still_bad_elsewhere: ["warn", "alert"],
  relapsed: ["danger", "alert"],
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
const RISK: Record<string, Appearance> = {
  LOW: ["neutral", "shield"],
  MEDIUM: ["warn", "shield"],
  HIGH: ["danger", "alert"],
  CRITICAL: ["danger", "alert"],
};
const DEFAULT: Appearance = ["neutral", "dot"];

type BadgeProps = { tone: Tone; icon: IconName; children: string };

type MissionStatus = Pick<Mission, "status" | "outcome" | "looksAgainAt">;

/** The status of a mission that runs, or the outcome of one that has ended: so far, while a later look is due. */
export function missionStatusProps(
  t: Translate,
  { status, outcome: stored, looksAgainAt }: MissionStatus,
): BadgeProps {
  const outcome = stored === "recovered" && looksAgainAt ? "recovered_so_far" : stored;
  const [tone, icon] = (outcome ? OUTCOME[outcome] : STATUS[status]) ?? DEFAULT;
  return { tone, icon, children: outcome ? word(t, "outcome", outcome) : word(t, "status", status) };
}

export function riskProps(t: Translate, risk: string): BadgeProps {
  const [tone, icon] = RISK[risk] ?? DEFAULT;
  return { tone, icon, children: word(t, "risk", risk) };
}

export function MissionStatusBadge({ mission }: { mission: MissionStatus }) {
  return <Badge {...missionStatusProps(useT(), mission)} className="py-0.5" />;
}

export function RiskBadge({ risk, badge = false }: { risk: string; badge?: boolean }) {
  const props = riskProps(useT(), risk);
  return badge ? <Badge {...props} /> : <IconLabel {...props} />;
}
