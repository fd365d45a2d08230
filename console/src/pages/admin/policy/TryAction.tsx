import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Policy, PolicyTestResult } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { EffectBadge } from "@/pages/admin/policy/Rules";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { RiskBadge } from "@/ui/MissionBadges";
import { Panel } from "@/ui/Panel";
import { TextField } from "@/ui/TextField";

const LEVELS = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;

/** What the policy would decide about an action. It requests and changes nothing. */
export function TryAction({
  policy,
  onResult,
}: {
  policy: Policy;
  onResult: (rule: string | undefined) => void;
}) {
  const t = useT();
  const actions = Object.keys(policy.severities);
  const [action, setAction] = useState(actions.includes("rollback") ? "rollback" : (actions[0] ?? "restart"));
  const [service, setService] = useState("");
  const [environment, setEnvironment] = useState("production");
  const [cluster, setCluster] = useState("");
  const [namespace, setNamespace] = useState("");
  const [severity, setSeverity] = useState<(typeof LEVELS)[number]>("LOW");
  const [when, setWhen] = useState("");
  const testing = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/policy/test", {
          body: {
            action,
            service: service.trim(),
            environment: environment.trim(),
            cluster: cluster.trim(),
            namespace: namespace.trim(),
            severity,
            at: when ? new Date(when).toISOString() : null,
          },
        }),
      ),
    onSuccess: (result) => onResult(result.rule),
    onError: () => onResult(undefined),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    testing.mutate();
  };
  return (
    <Panel title={t("tryAction")}>
      <form onSubmit={send} className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <Field label={t("action")}>
          <select className="control" value={action} onChange={(event) => setAction(event.target.value)}>
            {[...new Set([...actions, "restart", "scale", "rollback"])].map((kind) => (
              <option key={kind} value={kind}>
                {word(t, "action", kind)}
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
        <TextField label={t("cluster")} maxLength={100} value={cluster} onChange={setCluster} mono />
        <TextField label={t("namespace")} maxLength={100} value={namespace} onChange={setNamespace} mono />
        <Field label={t("catalogSeverity")}>
          <select
            className="control"
            value={severity}
            onChange={(event) => setSeverity(event.target.value as (typeof LEVELS)[number])}
          >
            {LEVELS.map((level) => (
              <option key={level} value={level}>
                {word(t, "risk", level)}
              </option>
            ))}
          </select>
        </Field>
        <TextField label={t("whenOrNow")} type="datetime-local" value={when} onChange={setWhen} />
        <p className="text-xs text-ink-3 sm:col-span-2 lg:col-span-3">{t("tryHint")}</p>
        <Button
          type="submit"
          kind="primary"
          busy={testing.isPending}
          className="justify-self-end sm:col-span-2 lg:col-span-1"
        >
          {t("checkPolicy")}
        </Button>
      </form>
      <div aria-live="polite">
        {testing.error && (
          <p role="alert" className="mt-3 text-danger">
            {testing.error.message}
          </p>
        )}
        {testing.data && !testing.isPending && <Result result={testing.data} />}
      </div>
    </Panel>
  );
}

function Result({ result }: { result: PolicyTestResult }) {
  const t = useT();
  const { dateTime } = useFormats();
  const sentence = {
    allow: t("wouldAllow"),
    review: t("needsApprovals", { n: result.quorum }),
    deny: t("wouldDeny"),
  }[result.effect];
  return (
    <div className="mt-4 border-t border-line pt-3">
      <p className="flex flex-wrap items-center gap-2 text-base">
        <EffectBadge effect={result.effect} />
        <b className="font-semibold">{sentence}</b>
        <RiskBadge risk={result.risk} />
      </p>
      <p className="mt-1 text-ink-2">
        {t("decidingRule")} <code className="font-mono text-xs text-ink">{truncate(result.rule, 80)}</code>:{" "}
        {truncate(result.reason, 300)}
      </p>
      {result.group && (
        <p className="mt-1 text-ink-2">{t("asksGroup", { group: truncate(result.group, 40) })}</p>
      )}
      <p className="num mt-1 text-xs text-ink-3">{dateTime(result.at)}</p>
    </div>
  );
}
