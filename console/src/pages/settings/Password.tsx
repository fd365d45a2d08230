import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { startSession } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { useUser } from "@/api/session";
import { useT } from "@/i18n";
import { showToast } from "@/shell/toastStore";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";
import { TextField } from "@/ui/TextField";

/** Changes the password. All other sessions end. */
export function Password() {
  const t = useT();
  const user = useUser();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const changing = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/auth/password", { body: { currentPassword: current, newPassword: next } })),
    onSuccess: (session) => {
      startSession(session);
      setCurrent("");
      setNext("");
      showToast({ tone: "ok", title: t("passwordChanged") });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changing.mutate();
  };
  return (
    <Panel title={t("password")}>
      <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
        <input type="hidden" autoComplete="username" value={user.email} readOnly />
        <TextField
          label={t("currentPassword")}
          error={changing.error?.message}
          type="password"
          required
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
        <TextField
          label={t("newPassword")}
          hint={t("passwordHint")}
          type="password"
          required
          minLength={12}
          maxLength={256}
          autoComplete="new-password"
          value={next}
          onChange={setNext}
        />
        <Button type="submit" busy={changing.isPending} className="justify-self-start">
          {t("changePassword")}
        </Button>
      </form>
    </Panel>
  );
}
