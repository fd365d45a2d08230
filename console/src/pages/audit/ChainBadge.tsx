import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { AuditEntry } from "@/api/schema";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { type Chain, verify } from "@/pages/audit/chain";
import { showToast } from "@/shell/toastStore";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";

/** Whether what is shown is what was written: this browser calculates it, it does not ask. */
export function ChainBadge({ entries }: { entries: AuditEntry[] }) {
  const t = useT();
  const { org } = useUser();
  const [read, setRead] = useState({ n: 0, of: 0 });
  const possible = globalThis.crypto?.subtle !== undefined && entries.length > 0;
  const shown = useQuery({
    queryKey: ["chain", org, entries.map((one) => one.hash)],
    queryFn: () => verify(entries, org),
    enabled: possible,
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const all = useMutation({
    mutationFn: () =>
      verify(
        everything((n, of) => setRead({ n, of })),
        org,
      ),
    onError: (error) => showToast({ tone: "danger", title: t("notDone"), text: error.message }),
  });
  if (!possible) return null;
  const chain = all.data ?? shown;
  return (
    <span className="flex flex-wrap items-center gap-2" role="status">
      {chain && <Standing chain={chain} whole={all.data?.state === "whole"} />}
      <Button small kind="quiet" busy={all.isPending} onClick={() => all.mutate()}>
        {all.isPending
          ? t("chainReading", { n: read.n.toLocaleString(), of: read.of.toLocaleString() })
          : t("verifyAll")}
      </Button>
    </span>
  );
}

function Standing({ chain, whole }: { chain: Chain; whole: boolean }) {
  const t = useT();
  if (chain.state === "broken")
    return (
      <Badge tone="danger" icon="alert">
        {t("chainBroken", { seq: chain.seq })}
      </Badge>
    );
  const name = whole ? "chainAll" : chain.state === "whole" ? "chainWhole" : "chainApart";
  return (
    <span title={t("chainText")}>
      <Badge tone="ok" icon="shield">
        {t(name, { n: chain.entries.toLocaleString(), to: chain.to.toLocaleString() })}
      </Badge>
    </span>
  );
}

/** Every entry there is, newest first, page by page. */
async function* everything(told: (n: number, of: number) => void): AsyncGenerator<AuditEntry> {
  let cursor: string | null = "";
  let n = 0;
  while (cursor !== null) {
    const query = { routine: true, limit: 100, ...(cursor ? { cursor } : {}) };
    const page: { entries: AuditEntry[]; total: number; nextCursor: string | null } = await unwrap(
      api.GET("/api/audit", { params: { query } }),
    );
    yield* page.entries;
    n += page.entries.length;
    told(n, page.total);
    cursor = page.nextCursor;
  }
}
