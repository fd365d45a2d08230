import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { SignInForm } from "@/shell/SignInForm";
import { Dialog } from "@/ui/Dialog";

/** Where one belongs to several organizations: which one it is, and another by signing in to it. */
export function OrganizationSwitch() {
  const t = useT();
  const user = useUser();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState("");
  const own = useQuery({
    queryKey: ["own organizations", user.id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/auth/organizations", { signal })),
    staleTime: 300_000,
  }).data?.organizations;
  if (!own || own.length < 2) return null;
  const entered = () => {
    setWanted("");
    client.clear();
    void navigate({ to: "/missions", search: {} });
  };
  return (
    <>
      <select
        className="control w-full text-xs"
        aria-label={t("organization")}
        value={user.org}
        onChange={(event) => setWanted(event.target.value)}
      >
        {own.map((one) => (
          <option key={one.slug} value={one.slug}>
            {truncate(one.name, 60)}
          </option>
        ))}
      </select>
      {wanted && (
        <Dialog title={t("switchOrg", { name: wanted })} onClose={() => setWanted("")}>
          <p className="mb-4 text-ink-2">{t("switchOrgText")}</p>
          <SignInForm email={user.email} org={wanted} onDone={entered} />
        </Dialog>
      )}
    </>
  );
}
