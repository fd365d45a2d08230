import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { PolicyTestResult, Policy } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { EffectBadge } from "@/pages/admin/policy/Rules";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { RiskBadge } from "@/ui/MissionBadges";
import { Panel } from "@/ui/Panel";
import { TextField } from "@/ui/TextField";

const LEVELS = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;

/** What would happen to an action if a mission proposed it. Nothing is asked for, and nothing done. */
export function TryAction({
  policy,
  onAnswer,
}: {
  policy: Policy;
  onAnswer: (rule: string | undefined) => void;
}) {
  const t = useT();
  const actions = Object.keys(policy.severities);
  const [action, setAction] = useState(actions.includes("rollback") ? "rollback" : (actions[0] ?? "restart"));
  const [service, setService] = useState("");
  const [environment, setEnvironment] = useState("production");
  const [severity, setSeverity] = useState<(typeof LEVELS)[number]>("LOW");
  const [when, setWhen] = useState("");
  const asking = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/policy/test", {
          body: {
            action,
            service: service.trim(),
            environment: environment.trim(),
            severity,
            at: when ? new Date(when).toISOString() : null,
          },
        }),
      ),
    onSuccess: (told) => onAnswer(told.rule),
    onError: () => onAnswer(undefined),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    asking.mutate();
  };
  return (
    <Panel title={t("tryAction")}>
      <form onSubmit={send} className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-5">
        <Field label={t("theAction")}>
          <select className="control" value={action} onChange={(event) => setAction(event.target.value)}>
            {[...new Set([...actions, "restart", "scale", "rollback"])].map((one) => (
              <option key={one} value={one}>
                {word(t, "action", one)}
              </option>
            ))}
          </select>
        </Field>
        <TextField label={t("service")} required maxLength={100} value={service} onChange={setService} mono />
        <TextField
          label={t("environment")}
          required
          maxLength={100}
          value={environment}
          onChange={setEnvironment}
          mono
        />
        <Field label={t("catalogSeverity")}>
          <select
            className="control"
            value={severity}
            onChange={(event) => setSeverity(event.target.value as (typeof LEVELS)[number])}
          >
            {LEVELS.map((one) => (
              <option key={one} value={one}>
                {word(t, "risk", one)}
              </option>
            ))}
          </select>
        </Field>
        <TextField label={t("whenOrNow")} type="datetime-local" value={when} onChange={setWhen} />
        <p className="text-xs text-ink-3 sm:col-span-2 lg:col-span-4">{t("tryHint")}</p>
        <Button
          type="submit"
          kind="primary"
          busy={asking.isPending}
          className="justify-self-end sm:col-span-2 lg:col-span-1"
        >
          {t("askPolicy")}
        </Button>
      </form>
      <div aria-live="polite">
        {asking.error && (
          <p role="alert" className="mt-3 text-danger">
            {asking.error.message}
          </p>
        )}
        {asking.data && !asking.isPending && <Answer told={asking.data} />}
      </div>
    </Panel>
  );
}

function Answer({ told }: { told: PolicyTestResult }) {
  const t = useT();
  const { full } = useTimes();
  const people = told.quorum === 1 ? t("needsOne") : t("needsMany", { n: told.quorum });
  const sentence = { allow: t("wouldAllow"), review: people, deny: t("wouldDeny") }[told.effect];
  return (
    <div className="mt-4 border-t border-line pt-3">
      <p className="flex flex-wrap items-center gap-2 text-base">
        <EffectBadge effect={told.effect} />
        <b className="font-semibold">{sentence}</b>
        <RiskBadge risk={told.risk} />
      </p>
      <p className="mt-1 text-ink-2">
        {t("decidingRule")} <code className="font-mono text-xs text-ink">{truncate(told.rule, 80)}</code>:{" "}
        {truncate(told.reason, 300)}
      </p>
      {told.group && <p className="mt-1 text-ink-2">{t("asksGroup", { group: truncate(told.group, 40) })}</p>}
      <p className="num mt-1 text-xs text-ink-3">{full(told.at)}</p>
    </div>
  );
}
