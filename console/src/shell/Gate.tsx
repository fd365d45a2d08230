import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useSession } from "@/api/session";
import { restore } from "@/api/signing";
import { useT } from "@/i18n";
import { SignInForm } from "@/shell/SignInForm";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/icons";
import { Skeleton } from "@/ui/Skeleton";

/** The door: nobody sees a page before they signed in; who was signed in signs in again in place. */
export function Gate({ children }: { children: ReactNode }) {
  const session = useSession();
  const client = useQueryClient();
  const t = useT();
  useEffect(() => {
    if (session.state === "starting") void restore();
    if (session.state === "out") client.clear();
  }, [session.state, client]);
  if (session.state === "starting") return <Skeleton className="mx-auto max-w-md pt-24" />;
  if (session.state === "out") {
    return (
      <main className="grid min-h-dvh place-items-center p-4">
        <div className="w-full max-w-sm">
          <div className="mb-6 flex items-center gap-3">
            <span className="grid size-9 place-items-center rounded-lg bg-accent text-on-accent">
              <Icon name="missions" className="size-5" />
            </span>
            <div>
              <h1 className="text-lg font-semibold">OPS-Agent</h1>
              <p className="text-ink-2">{t("signInLead")}</p>
            </div>
          </div>
          <div className="card p-5">
            <SignInForm />
          </div>
        </div>
      </main>
    );
  }
  return (
    <>
      {children}
      {session.state === "expired" && (
        <Dialog title={t("sessionOver")} onClose={() => {}} lasting>
          <p className="mb-4 text-ink-2">{t("sessionOverText")}</p>
          <SignInForm email={session.user.email} />
        </Dialog>
      )}
    </>
  );
}
