import type { ApprovalStatus } from "@/api/schema";
import { useT, word } from "@/i18n";
import { Badge, IconLabel, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";

const APPEARANCE: Record<ApprovalStatus, [Tone, IconName]> = {
  PENDING: ["warn", "clock"],
  APPROVED: ["ok", "check"],
  DENIED: ["danger", "cross"],
  EXPIRED: ["neutral", "clock"],
  CANCELLED: ["neutral", "slash"],
};

export function ApprovalStatusBadge({ status, badge = false }: { status: ApprovalStatus; badge?: boolean }) {
  const t = useT();
  const [tone, icon] = APPEARANCE[status] ?? ["neutral", "dot"];
  const name = word(t, "approval", status);
  return badge ? (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  ) : (
    <IconLabel tone={tone} icon={icon}>
      {name}
    </IconLabel>
  );
}
