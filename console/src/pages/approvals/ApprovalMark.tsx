import type { ApprovalStatus } from "@/api/schema";
import { useT, word } from "@/i18n";
import { Badge, Mark, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";

const LOOKS: Record<ApprovalStatus, [Tone, IconName]> = {
  PENDING: ["warn", "clock"],
  APPROVED: ["ok", "check"],
  DENIED: ["danger", "cross"],
  EXPIRED: ["neutral", "clock"],
  CANCELLED: ["neutral", "slash"],
};

export function ApprovalMark({ status, badge = false }: { status: ApprovalStatus; badge?: boolean }) {
  const t = useT();
  const [tone, icon] = LOOKS[status] ?? ["neutral", "dot"];
  const name = word(t, "approval", status);
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
