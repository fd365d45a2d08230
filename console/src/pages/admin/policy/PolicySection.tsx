import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { PolicyInForce } from "@/api/schema";
import { shortId, truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { Rules } from "@/pages/admin/policy/Rules";
import { TryAction } from "@/pages/admin/policy/TryAction";
import { Windows } from "@/pages/admin/policy/Windows";
import { Badge, IconLabel } from "@/ui/Badge";
import { Copyable } from "@/ui/Copyable";
import { DescriptionList, Panel } from "@/ui/Panel";
import { QueryView } from "@/ui/QueryView";

/** The policy that missions are judged by: as it is now, and what it would say. It is changed in its file. */
export function PolicySection() {
  const query = useQuery({
    queryKey: ["policy"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/policy", { signal })),
    refetchInterval: 30_000,
  });
  const [decided, setDecided] = useState<string>();
  return (
    <QueryView query={query}>
      {(told) => (
        <div className="flex flex-col gap-4">
          <InForce told={told} />
          {told.policy && !told.gateway && (
            <>
              <TryAction policy={told.policy} onAnswer={setDecided} />
              <Rules policy={told.policy} open={told.openWindows} decided={decided} />
              <Windows policy={told.policy} open={told.openWindows} />
            </>
          )}
        </div>
      )}
    </QueryView>
  );
}

function InForce({ told }: { told: PolicyInForce }) {
  const t = useT();
  const { full } = useTimes();
  const { policy } = told;
  return (
    <Panel title={t("policyInForce")}>
      {told.problem && !told.gateway && (
        <p role="alert" className="mb-3 rounded bg-danger-soft px-3 py-2 text-danger">
          <b className="font-semibold">{t("policyUnread")}</b> {truncate(told.problem, 300)}
        </p>
      )}
      {policy?.killSwitch && !told.gateway && (
        <p className="mb-3 rounded bg-danger-soft px-3 py-2 font-semibold text-danger">{t("killSwitchOn")}</p>
      )}
      {told.gateway ? (
        <DescriptionList of={[[t("judgedBy"), truncate(told.gateway, 200)]]} />
      ) : (
        <DescriptionList
          of={[
            [t("policyFile"), <Copyable key="file" value={told.file} />],
            [t("policyVersion"), <Version key="version" of={told.version} />],
            [t("readAt"), full(told.at)],
          ]}
        />
      )}
      <p className="mt-3 text-xs text-ink-3">{t(told.gateway ? "policyElsewhere" : "policyEdit")}</p>
      {told.complaints.length > 0 && (
        <>
          <h3 className="mt-4 mb-1 font-semibold">{t("policyComplaints")}</h3>
          <ul className="flex flex-col gap-1">
            {told.complaints.map((one) => (
              <li key={`${one.fault} ${one.about}`} className="flex flex-wrap items-baseline gap-x-2">
                <IconLabel tone="warn" icon="alert">
                  {word(t, "fault", one.fault)}
                </IconLabel>
                <code className="font-mono text-xs">{truncate(one.about, 80)}</code>
                <span className="text-ink-2">{truncate(one.reason, 200)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {policy && told.complaints.length === 0 && !told.gateway && (
        <p className="mt-3">
          <Badge tone="ok" icon="check">
            {t("policyClean")}
          </Badge>
        </p>
      )}
    </Panel>
  );
}

/** Which policy a verdict was given under: the file's hash. */
function Version({ of }: { of: string | null }) {
  return of ? <Copyable value={of} shown={shortId(of.replace("sha256:", ""), 12)} /> : <>–</>;
}
