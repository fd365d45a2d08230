import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { restoreSession } from "@/api/authentication";
import { useSession } from "@/api/session";
import { cancelStepUp, useStepUp } from "@/api/stepUp";
import { useT } from "@/i18n";
import { SignedOutLayout } from "@/shell/SignedOutLayout";
import { SignInForm } from "@/shell/SignInForm";
import { Dialog } from "@/ui/Dialog";
import { Skeleton } from "@/ui/Skeleton";

const FirstRun = lazy(async () => ({ default: (await import("@/pages/welcome/FirstRun")).FirstRun }));
/** The pages of one-time links: they need no session. */
const LINK_PAGES: Record<string, ReturnType<typeof lazy>> = {
  "/set-password": lazy(async () => ({
    default: (await import("@/pages/welcome/SetPassword")).SetPassword,
  })),
  "/join": lazy(async () => ({ default: (await import("@/pages/welcome/Join")).Join })),
};

/**
 * Shows the pages to signed-in users only. After an expired session, and for a request that needs a recent
 * sign-in, the user signs in again in place.
 */
export function SignInGate({ children }: { children: ReactNode }) {
  const session = useSession();
  const needsStepUp = useStepUp();
  const client = useQueryClient();
  const t = useT();
  useEffect(() => {
    if (session.state === "starting") void restoreSession();
    if (session.state === "out") client.clear();
  }, [session.state, client]);
  const LinkPage = LINK_PAGES[location.pathname];
  if (LinkPage) {
    return (
      <Suspense fallback={<Skeleton />}>
        <LinkPage />
      </Suspense>
    );
  }
  if (session.state === "starting") return <Skeleton className="mx-auto max-w-md pt-24" />;
  if (session.state === "out") {
    if (location.pathname === "/welcome") {
      return (
        <Suspense fallback={<Skeleton />}>
          <FirstRun />
        </Suspense>
      );
    }
    return (
      <SignedOutLayout lead={t("signInLead")}>
        <SignInForm />
        <p className="mt-4 border-t border-line pt-3 text-center text-xs text-ink-3">
          {t("newInstallation")}{" "}
          <a href="/welcome" className="font-medium text-accent hover:underline">
            {t("firstRunLink")}
          </a>
        </p>
      </SignedOutLayout>
    );
  }
  return (
    <>
      {children}
      {session.state === "expired" && (
        <Dialog title={t("signInAgain")} onClose={() => {}} persistent>
          <p className="mb-4 text-ink-2">{t("sessionEndedText")}</p>
          <SignInForm email={session.user.email} org={session.user.org} />
        </Dialog>
      )}
      {session.state === "in" && needsStepUp && (
        <Dialog title={t("signInAgain")} onClose={cancelStepUp}>
          <p className="mb-4 text-ink-2">{t("stepUpText")}</p>
          <SignInForm email={session.user.email} stepUp />
        </Dialog>
      )}
    </>
  );
}
