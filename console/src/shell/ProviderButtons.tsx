import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { connectedQuery, proofUrl, providersQuery, refusalOf, signInUrl } from "@/api/providers";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { Button, buttonClass } from "@/ui/Button";

/**
 * A button for each OpenID provider, and why the last sign-in failed. Nothing without a provider. With `stepUp`
 * only for those that know the signed-in user, who comes back with the same session.
 */
export function ProviderButtons({ stepUp = false }: { stepUp?: boolean }) {
  const t = useT();
  const { data } = useQuery(stepUp ? connectedQuery : providersQuery);
  const [refusal] = useState(() => refusalOf(location.search)); // the router removes it from the address
  const proving = useMutation({
    mutationFn: (provider: string) => proofUrl(provider, returnPath()),
    onSuccess: (url) => location.assign(url),
  });
  return (
    <>
      {data?.providers.map((provider) => {
        const label = t("signInAt", { provider: truncate(provider, 40) });
        return stepUp ? (
          <Button
            key={provider}
            type="button"
            busy={proving.isPending}
            onClick={() => proving.mutate(provider)}
          >
            {label}
          </Button>
        ) : (
          <a key={provider} href={signInUrl(provider, returnPath())} className={buttonClass("plain")}>
            {label}
          </a>
        );
      })}
      {(refusal || proving.error) && (
        <p role="alert" className="text-xs text-danger">
          {refusal ? t(`refused.${refusal}`) : proving.error?.message}
        </p>
      )}
    </>
  );
}

/** The current path without its query: the API accepts only simple paths. */
const returnPath = () => (/^\/[A-Za-z0-9/_-]*$/.test(location.pathname) ? location.pathname : "/");
