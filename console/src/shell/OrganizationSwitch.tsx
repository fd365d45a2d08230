import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { SignInForm } from "@/shell/SignInForm";
import { Dialog } from "@/ui/Dialog";

/** For users of several organizations: the current one, and signing in to another. */
export function OrganizationSwitch() {
  const t = useT();
  const user = useUser();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [target, setTarget] = useState("");
  const organizations = useQuery({
    queryKey: ["own organizations", user.id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/organizations", { signal })),
    staleTime: 300_000,
  }).data?.organizations;
  if (!organizations || organizations.length < 2) return null;
  const onSignedIn = () => {
    setTarget("");
    client.clear();
    void navigate({ to: "/missions", search: {} });
  };
  return (
    <>
      <select
        className="control w-full text-xs"
        aria-label={t("organization")}
        value={user.org}
        onChange={(event) => setTarget(event.target.value)}
      >
        {organizations.map((organization) => (
          <option key={organization.slug} value={organization.slug}>
            {truncate(organization.name, 60)}
          </option>
        ))}
      </select>
      {target && (
        <Dialog title={t("switchOrg", { name: target })} onClose={() => setTarget("")}>
          <p className="mb-4 text-ink-2">{t("switchOrgText")}</p>
          <SignInForm email={user.email} org={target} onDone={onSignedIn} />
        </Dialog>
      )}
    </>
  );
}
