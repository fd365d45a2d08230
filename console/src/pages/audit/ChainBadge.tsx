import { useQuery } from "@tanstack/react-query";
import type { AuditEntry } from "@/api/schema";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { verify } from "@/pages/audit/chain";
import { Badge } from "@/ui/Badge";

/** Whether what is shown is what was written: this browser calculates it, it does not ask. */
export function ChainBadge({ entries }: { entries: AuditEntry[] }) {
  const t = useT();
  const { org } = useUser();
  const possible = globalThis.crypto?.subtle !== undefined && entries.length > 0;
  const { data } = useQuery({
    queryKey: ["chain", org, entries.map((one) => one.hash)],
    queryFn: () => verify(entries, org),
    enabled: possible,
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!data) return null;
  if (data.state === "broken")
    return (
      <Badge tone="danger" icon="alert">
        {t("chainBroken", { seq: data.seq })}
      </Badge>
    );
  return (
    <span title={t("chainText")}>
      <Badge tone="ok" icon="shield">
        {t(data.state === "whole" ? "chainWhole" : "chainApart", {
          n: data.entries.toLocaleString(),
          to: data.to.toLocaleString(),
        })}
      </Badge>
    </span>
  );
}
