import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { PolicyInForce } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { shortId, truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { Rules } from "@/pages/admin/policy/Rules";
import { TryAction } from "@/pages/admin/policy/TryAction";
import { Windows } from "@/pages/admin/policy/Windows";
import { Badge, IconLabel } from "@/ui/Badge";
import { Copyable } from "@/ui/Copyable";
import { DescriptionList, Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The current policy, and what it would decide. It is read-only here: the policy is a file on the server. */
export function PolicySection() {
  const query = useQuery({
    queryKey: ["policy"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/policy", { signal })),
    refetchInterval: 30_000,
  });
  const [matchedRule, setMatchedRule] = useState<string>();
  return (
    <QueryView query={query}>
      {(current) => (
        <div className="flex flex-col gap-4">
          <CurrentPolicy current={current} />
          {current.policy && !current.external && (
            <>
              <TryAction policy={current.policy} onResult={setMatchedRule} />
              <Rules policy={current.policy} openWindows={current.openWindows} matchedRule={matchedRule} />
              <Windows policy={current.policy} openWindows={current.openWindows} />
            </>
          )}
        </div>
      )}
    </QueryView>
  );
}

function CurrentPolicy({ current }: { current: PolicyInForce }) {
  const t = useT();
  const { dateTime } = useFormats();
  const { policy } = current;
  const items: [ReactNode, ReactNode][] = [
    [t("policyVersion"), <Version key="version" hash={current.version} />],
    [t("loadedAt"), dateTime(current.at)],
  ];
  if (current.file) items.unshift([t("policyFile"), <Copyable key="file" value={current.file} />]);
  return (
    <Panel title={t("currentPolicy")}>
      {current.problem && !current.external && (
        <p role="alert" className="mb-3 rounded bg-danger-soft px-3 py-2 text-danger">
          <b className="font-semibold">{t("policyUnreadable")}</b> {truncate(current.problem, 300)}
        </p>
      )}
      {policy?.killSwitch && !current.external && (
        <p className="mb-3 rounded bg-danger-soft px-3 py-2 font-semibold text-danger">{t("killSwitchOn")}</p>
      )}
      {current.external ? (
        current.gateway && (
          <DescriptionList items={[[t("externalGateway"), truncate(current.gateway, 200)]]} />
        )
      ) : (
        <DescriptionList items={items} />
      )}
      <p className="mt-3 text-xs text-ink-3">
        {t(current.external ? "policyElsewhere" : current.file ? "policyEdit" : "policyOfOwner")}
      </p>
      {current.complaints.length > 0 && (
        <>
          <h3 className="mt-4 mb-1 font-semibold">{t("policyProblems")}</h3>
          <ul className="flex flex-col gap-1">
            {current.complaints.map((problem) => (
              <li key={`${problem.fault} ${problem.about}`} className="flex flex-wrap items-baseline gap-x-2">
                <IconLabel tone="warn" icon="alert">
                  {word(t, "fault", problem.fault)}
                </IconLabel>
                <code className="font-mono text-xs">{truncate(problem.about, 80)}</code>
                <span className="text-ink-2">{truncate(problem.reason, 200)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {policy && current.complaints.length === 0 && !current.external && (
        <p className="mt-3">
          <Badge tone="ok" icon="check">
            {t("policyClean")}
          </Badge>
        </p>
      )}
    </Panel>
  );
}

/** The hash of the policy file: verdicts refer to it. */
function Version({ hash }: { hash: string | null }) {
  return hash ? <Copyable value={hash} label={shortId(hash.replace("sha256:", ""), 12)} /> : <>–</>;
}
