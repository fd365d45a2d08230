import type { Effect, Match, Policy } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import type { IconName } from "@/ui/icons";
import { Panel } from "@/ui/Panel";

const EFFECT: Record<Effect, [Tone, IconName]> = {
  allow: ["ok", "check"],
  review: ["warn", "person"],
  deny: ["danger", "slash"],
};

export function EffectBadge({ effect }: { effect: Effect }) {
  const t = useT();
  const [tone, icon] = EFFECT[effect];
  return (
    <Badge tone={tone} icon={icon}>
      {word(t, "effect", effect)}
    </Badge>
  );
}

/** The rules in their order of evaluation: the first one that matches decides. */
export function Rules({
  policy,
  openWindows,
  matchedRule,
}: {
  policy: Policy;
  openWindows: string[];
  /** The rule that decided the tested action. */
  matchedRule: string | undefined;
}) {
  const t = useT();
  return (
    <Panel
      title={t("policyRules")}
      aside={<span className="text-xs text-ink-3">{t("firstMatchDecides")}</span>}
      flush
    >
      <ol className="divide-y divide-line">
        {policy.rules.map((rule, index) => (
          <RuleRow
            key={rule.id}
            number={`${index + 1}`}
            id={rule.id}
            effect={rule.effect}
            reason={rule.reason}
            group={rule.group ?? undefined}
            decided={matchedRule === rule.id}
          >
            <Conditions match={rule.match} openWindows={openWindows} />
          </RuleRow>
        ))}
        <RuleRow
          number={`${policy.rules.length + 1}`}
          id="default"
          effect={policy.defaultEffect}
          reason=""
          decided={matchedRule === "default"}
        >
          {t("otherActions")}
        </RuleRow>
      </ol>
    </Panel>
  );
}

function RuleRow({
  number,
  id,
  effect,
  reason,
  group,
  decided,
  children,
}: {
  number: string;
  id: string;
  effect: Effect;
  reason: string;
  group?: string | undefined;
  decided: boolean;
  children: React.ReactNode;
}) {
  const t = useT();
  return (
    <li
      aria-current={decided || undefined}
      className={`grid grid-cols-[1.5rem_minmax(0,1fr)_auto] gap-x-2 px-4 py-2.5 ${decided ? "bg-accent-soft" : ""}`}
    >
      <span className="num text-ink-3">{number}</span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <code className="font-mono text-xs font-semibold [overflow-wrap:anywhere]">{truncate(id, 80)}</code>
          {decided && <Badge tone="accent">{t("decidingRuleMark")}</Badge>}
        </p>
        <p className="mt-0.5 text-ink-2">{children}</p>
        {reason && <p className="mt-0.5 text-xs text-ink-3">{truncate(reason, 300)}</p>}
      </div>
      <div className="flex flex-col items-end gap-1">
        <EffectBadge effect={effect} />
        {group && (
          <span className="text-xs text-ink-2">{t("asksGroup", { group: truncate(group, 40) })}</span>
        )}
      </div>
    </li>
  );
}

const FIELDS = [
  "organization",
  "action",
  "service",
  "environment",
  "cluster",
  "namespace",
  "tool",
  "callerType",
  "minSeverity",
  "maxSeverity",
] as const;

/** The conditions of a rule: all must match. A rule without conditions matches every action. */
function Conditions({ match, openWindows }: { match: Match | undefined; openWindows: string[] }) {
  const t = useT();
  const conditions = FIELDS.flatMap((name) => {
    const value = match?.[name];
    return value ? [{ name, value }] : [];
  });
  const windows = (["during", "outside"] as const).flatMap((name) => {
    const value = match?.[name];
    return value ? [{ name, value }] : [];
  });
  if (conditions.length + windows.length === 0) return <>{t("anyAction")}</>;
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-1">
      {conditions.map(({ name, value }) => (
        <span key={name}>
          {t(`match.${name}`)} <code className="font-mono text-xs text-ink">{truncate(value, 60)}</code>
        </span>
      ))}
      {windows.map(({ name, value }) => (
        <span key={name}>
          {t(`match.${name}`)} <code className="font-mono text-xs text-ink">{truncate(value, 60)}</code>{" "}
          <span className="text-ink-3">
            ({t(openWindows.includes(value) ? "windowOpen" : "windowClosed")})
          </span>
        </span>
      ))}
    </span>
  );
}
