import { useEffect, useState } from "react";
import { ProblemError } from "@/api/problem";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import type { Key } from "@/i18n/en";
import { useLastResponse } from "@/live/connection";
import { Button } from "@/ui/Button";
import { Copyable } from "@/ui/Copyable";
import { Icon, type IconName } from "@/ui/icons";

type Kind = "offline" | "forbidden" | "missing" | "limited" | "broken";

function kindOf(error: unknown): Kind {
  if (!(error instanceof ProblemError)) return "broken";
  if (error.offline) return "offline";
  const kinds: Record<number, Kind> = { 403: "forbidden", 404: "missing", 429: "limited" };
  return kinds[error.status] ?? "broken";
}

const ICONS: Record<Kind, IconName> = {
  offline: "slash",
  forbidden: "shield",
  missing: "search",
  limited: "clock",
  broken: "alert",
};

/** What failed, its correlation id, and the next action: try again, wait, or request access. */
export function ErrorState({
  error,
  retry,
  busy = false,
}: {
  error: unknown;
  retry?: () => void;
  busy?: boolean;
}) {
  const t = useT();
  const kind = kindOf(error);
  const problem = error instanceof ProblemError ? error : null;
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-14 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-full border border-line bg-surface text-ink-3">
        <Icon name={ICONS[kind]} className="size-5" />
      </span>
      <p className="text-base font-semibold">{t(`error.${kind}` as Key)}</p>
      <p className="untrusted text-ink-2">
        {kind === "broken" && problem ? problem.message : t(`error.${kind}.text` as Key)}
      </p>
      {kind === "offline" && <LastResponse />}
      {kind === "limited" && problem?.retryAfter && <RetryAfter seconds={problem.retryAfter} />}
      {kind === "forbidden" && problem?.detail && <p className="text-xs text-ink-3">{problem.detail}</p>}
      {problem?.correlationId && (
        <p className="flex max-w-full items-center gap-1 text-xs text-ink-3">
          {t("correlation")} <Copyable value={problem.correlationId} />
        </p>
      )}
      {retry && kind !== "forbidden" && (
        <Button className="mt-2" onClick={retry} busy={busy}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}

/** A line above old content that could not be refreshed. */
export function StaleNotice({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useT();
  const kind = kindOf(error);
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-2 border-b border-line bg-warn-soft px-4 py-1.5 text-warn"
    >
      <Icon name="alert" className="size-3.5" />
      <span>{t(kind === "offline" ? "staleOffline" : "stale")}</span>
      <Button small kind="quiet" onClick={retry} className="ml-auto text-warn">
        {t("retry")}
      </Button>
    </div>
  );
}

function LastResponse() {
  const t = useT();
  const { fromNow } = useFormats();
  const ago = fromNow(Math.min(0, useLastResponse() - useNow()));
  return <p className="num text-xs text-ink-3">{t("lastResponse", { ago })}</p>;
}

function RetryAfter({ seconds }: { seconds: number }) {
  const t = useT();
  const { fromNow } = useFormats();
  const [until] = useState(() => Date.now() + seconds * 1000);
  const left = Math.max(0, until - useNow());
  // Screen readers hear the time once, not each second.
  const [announced, setAnnounced] = useState("");
  useEffect(() => setAnnounced(fromNow(seconds * 1000)), [seconds, fromNow]);
  return (
    <p className="num text-xs text-ink-3">
      <span aria-hidden="true">{t("retryAfter", { in: fromNow(left) })}</span>
      <span className="sr-only">{t("retryAfter", { in: announced })}</span>
    </p>
  );
}
