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

/** Whether the entries are unchanged. This browser calculates the hashes: it does not rely on the server. */
export function ChainBadge({ entries }: { entries: AuditEntry[] }) {
  const t = useT();
  const { org } = useUser();
  const [progress, setProgress] = useState({ n: 0, of: 0 });
  const canVerify = globalThis.crypto?.subtle !== undefined && entries.length > 0;
  const shownResult = useQuery({
    queryKey: ["chain", org, entries.map((entry) => entry.hash)],
    queryFn: () => verify(entries, org),
    enabled: canVerify,
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const verifyingAll = useMutation({
    mutationFn: () =>
      verify(
        allEntries((n, of) => setProgress({ n, of })),
        org,
      ),
    onError: (error) => showToast({ tone: "danger", title: t("actionFailed"), text: error.message }),
  });
  if (!canVerify) return null;
  const chain = verifyingAll.data ?? shownResult;
  return (
    <span className="flex flex-wrap items-center gap-2" role="status">
      {chain && <Result chain={chain} whole={verifyingAll.data?.state === "whole"} />}
      <Button small kind="quiet" busy={verifyingAll.isPending} onClick={() => verifyingAll.mutate()}>
        {verifyingAll.isPending ? t("chainReading", progress) : t("verifyAll")}
      </Button>
    </span>
  );
}

function Result({ chain, whole }: { chain: Chain; whole: boolean }) {
  const t = useT();
  if (chain.state === "broken")
    return (
      <Badge tone="danger" icon="alert">
        {t("chainBroken", { seq: chain.seq })}
      </Badge>
    );
  const key = whole ? "chainAllVerified" : chain.state === "whole" ? "chainVerified" : "entriesVerified";
  return (
    <span title={t("chainText")}>
      <Badge tone="ok" icon="shield">
        {t(key, { n: chain.entries, to: chain.to })}
      </Badge>
    </span>
  );
}

/** All audit entries, newest first, page by page. */
async function* allEntries(onProgress: (n: number, of: number) => void): AsyncGenerator<AuditEntry> {
  let cursor: string | null = "";
  let n = 0;
  while (cursor !== null) {
    const query = { routine: true, limit: 100, ...(cursor ? { cursor } : {}) };
    const page: { entries: AuditEntry[]; total: number; nextCursor: string | null } = await unwrap(
      api.GET("/api/audit", { params: { query } }),
    );
    yield* page.entries;
    n += page.entries.length;
    onProgress(n, page.total);
    cursor = page.nextCursor;
  }
}
