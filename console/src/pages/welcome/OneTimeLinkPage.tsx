import type { FormEvent, ReactNode } from "react";
import { ProblemError } from "@/api/problem";
import { useT } from "@/i18n";
import { SignedOutLayout } from "@/shell/SignedOutLayout";
import { Button, buttonClass } from "@/ui/Button";

type Sending = { mutate: () => void; isPending: boolean; isSuccess: boolean };

/** What a one-time link opens: a form, or what came of it, or that the link lacks its end. */
export function OneTimeLinkPage({
  lead,
  token,
  sending,
  action,
  done,
  children,
}: {
  lead: string;
  token: string;
  sending: Sending;
  action: string;
  done: string;
  children: ReactNode;
}) {
  const t = useT();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <SignedOutLayout lead={lead}>
      {sending.isSuccess ? (
        <div className="flex flex-col gap-3">
          <p role="status">{done}</p>
          <a href="/missions" className={buttonClass("primary")}>
            {t("signIn")}
          </a>
        </div>
      ) : token ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          {children}
          <Button type="submit" kind="primary" busy={sending.isPending}>
            {action}
          </Button>
        </form>
      ) : (
        <p role="alert">{t("linkIncomplete")}</p>
      )}
    </SignedOutLayout>
  );
}

/** What went wrong, for the field that it concerns. */
export function useErrorText(error: Error | null): string | undefined {
  const t = useT();
  if (!(error instanceof ProblemError)) return undefined;
  return error.offline ? t("noAnswer") : error.message;
}
