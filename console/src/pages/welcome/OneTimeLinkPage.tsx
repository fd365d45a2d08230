import type { FormEvent, ReactNode } from "react";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { SignedOutLayout } from "@/shell/SignedOutLayout";
import { Button, buttonClass } from "@/ui/Button";

type OneTimeRequest = { mutate: () => void; isPending: boolean; isSuccess: boolean };

/** The page of a one-time link: its form, its result, or that the link is incomplete. */
export function OneTimeLinkPage({
  lead,
  token,
  request,
  action,
  done,
  children,
}: {
  lead: string;
  token: string;
  request: OneTimeRequest;
  action: string;
  done: string;
  children: ReactNode;
}) {
  const t = useT();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    request.mutate();
  };
  return (
    <SignedOutLayout lead={lead}>
      {request.isSuccess ? (
        <div className="flex flex-col gap-3">
          <p role="status">{done}</p>
          <a href="/missions" className={buttonClass("primary")}>
            {t("signIn")}
          </a>
        </div>
      ) : token ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          {children}
          <Button type="submit" kind="primary" busy={request.isPending}>
            {action}
          </Button>
        </form>
      ) : (
        <p role="alert">{t("linkIncomplete")}</p>
      )}
    </SignedOutLayout>
  );
}

/** The text of a failed request, for the field that it concerns. */
export function useErrorText(error: Error | null): string | undefined {
  const t = useT();
  if (!(error instanceof ProblemError)) return undefined;
  return error.offline ? t("noResponse") : error.message;
}
