import type { AuditEntry } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate, visible } from "@/format/text";
import { useT } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Copyable } from "@/ui/Copyable";
import { DescriptionList } from "@/ui/Panel";

/** One audit entry: a line that opens to its origin, its changes and its hash. */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  const t = useT();
  const { shortDateTime, dateTime } = useFormats();
  return (
    <li>
      <details className="group">
        <summary className="grid min-h-9 cursor-pointer grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-1.5 hover:bg-sunken focus-visible:-outline-offset-2 md:grid-cols-[7.5rem_minmax(0,14rem)_minmax(0,1fr)_minmax(0,14rem)_auto]">
          <time dateTime={entry.at} title={dateTime(entry.at)} className="num text-xs text-ink-3">
            {shortDateTime(entry.at)}
          </time>
          <span className="truncate font-medium">{truncate(entry.deed, 80)}</span>
          <span className="truncate text-ink-2 max-md:order-last max-md:col-span-2">
            {truncate(entry.subject, 120)}
          </span>
          <span className="truncate text-ink-2 max-md:order-last max-md:col-span-3">
            <bdi>{truncate(entry.actor, 80)}</bdi>
          </span>
          <Badge tone={entry.result === "ok" ? "neutral" : "warn"}>{truncate(entry.result, 30)}</Badge>
        </summary>
        <div className="flex flex-col gap-3 bg-sunken/50 px-4 py-3 text-xs">
          <DescriptionList
            items={[
              [t("audit.entry"), `#${entry.seq}`],
              [t("audit.subject"), visible(entry.subject)],
              [t("audit.from"), `${visible(entry.ip)} · ${truncate(entry.userAgent, 200)}`],
              [t("correlation"), <Copyable key="c" value={entry.correlationId} />],
              [t("audit.hash"), <Copyable key="h" value={entry.hash} />],
            ]}
          />
          <div className="grid gap-3 md:grid-cols-2">
            <Json title={t("before")} text={entry.before} />
            <Json title={t("after")} text={entry.after} />
          </div>
          <Json title={t("details")} text={entry.detail} />
        </div>
      </details>
    </li>
  );
}

/** Indented JSON; nothing for an empty value. */
function Json({ title, text }: { title: string; text: string }) {
  if (["", "{}", "null"].includes(text)) return null;
  return (
    <div className="min-w-0">
      <p className="eyebrow mb-1">{title}</p>
      <pre className="untrusted rounded-md border border-line bg-surface p-2 font-mono whitespace-pre-wrap">
        {visible(pretty(text))}
      </pre>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
