import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { providersQuery, refusalOf, signInUrl } from "@/api/providers";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { buttonClass } from "@/ui/Button";

/** A button for each OpenID provider, and why the last sign-in failed. Nothing without a provider. */
export function ProviderButtons() {
  const t = useT();
  const { data } = useQuery(providersQuery);
  const [refusal] = useState(() => refusalOf(location.search)); // the router removes it from the address
  return (
    <>
      {data?.providers.map((provider) => (
        <a key={provider} href={signInUrl(provider, returnPath())} className={buttonClass("plain")}>
          {t("signInAt", { provider: truncate(provider, 40) })}
        </a>
      ))}
      {refusal && (
        <p role="alert" className="text-xs text-danger">
          {t(`refused.${refusal}`)}
        </p>
      )}
    </>
  );
}

/** The current path without its query: the API accepts only simple paths. */
const returnPath = () => (/^\/[A-Za-z0-9/_-]*$/.test(location.pathname) ? location.pathname : "/");
