import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import { may } from "@/api/rights";
import type { Priority } from "@/api/schema";
import { useUser } from "@/api/session";
import { useT, word } from "@/i18n";
import { missionQuery } from "@/live/mission";
import { clearDraft, type Draft, loadDraft, saveDraft } from "@/pages/new/draft";
import { Preview } from "@/pages/new/Preview";
import { PromptSuggestions } from "@/pages/new/PromptSuggestions";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Field } from "@/ui/Field";

const MIN_LENGTH = 10;
const MAX_LENGTH = 5000;
const PRIORITIES: Priority[] = ["LOW", "NORMAL", "HIGH", "CRITICAL"];

/** The form that starts a mission. */
export function NewMissionPage() {
  const t = useT();
  const user = useUser();
  if (!may(user, "start mission")) {
    return (
      <EmptyState icon="shield" title={t("cannotStart")}>
        {t("needsRole")}
      </EmptyState>
    );
  }
  return <Form />;
}

function Form() {
  const t = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const textarea = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState<Draft>(loadDraft);
  const [attempted, setAttempted] = useState(false);
  useEffect(() => saveDraft(draft), [draft]);
  useEffect(() => textarea.current?.focus(), []);
  const change = (part: Partial<Draft>) =>
    setDraft((current) => ({ ...current, ...part, key: crypto.randomUUID() }));
  const length = draft.prompt.trim().length;
  const starting = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/missions", {
          params: { header: { "idempotency-key": draft.key } },
          body: {
            prompt: draft.prompt.trim(),
            priority: draft.priority,
            ...(draft.templateId ? { templateId: draft.templateId } : {}),
            ...(draft.dashboardUrl ? { dashboardUrl: draft.dashboardUrl } : {}),
          },
        }),
      ),
    onSuccess: ({ mission, missionId, you }) => {
      clearDraft();
      client.setQueryData(missionQuery(missionId).queryKey, { mission, events: [], lastSeq: 0, you });
      void client.invalidateQueries({ queryKey: ["missions"] });
      void navigate({ to: "/missions/$id", params: { id: missionId } });
    },
    onError: (error) => {
      // The template was deleted meanwhile: its text works without it.
      if (error instanceof ProblemError && error.status === 404) change({ templateId: "" });
    },
  });
  const start = () => {
    setAttempted(true);
    if (length >= MIN_LENGTH && length <= MAX_LENGTH && !starting.isPending) starting.mutate();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      start();
    }
  };
  const problem = starting.error instanceof ProblemError ? starting.error : null;
  return (
    <div className="mx-auto grid max-w-6xl gap-6 p-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(18rem,1fr)] lg:p-6">
      <div className="flex min-w-0 flex-col gap-4">
        <form onSubmit={submit} onKeyDown={onKeyDown} className="flex flex-col gap-4">
          <div>
            <h1 className="text-xl font-semibold">{t("newMission")}</h1>
            <p className="text-ink-2">{t("newMissionText")}</p>
          </div>
          <Field
            label={t("whatIsWrong")}
            error={attempted && length < MIN_LENGTH ? t("promptShort", { n: MIN_LENGTH }) : undefined}
            hint={<span className="num">{t("promptHint", { n: length, most: MAX_LENGTH })}</span>}
          >
            <textarea
              ref={textarea}
              className="control min-h-40 resize-y text-base"
              rows={7}
              maxLength={MAX_LENGTH}
              placeholder={t("promptExample")}
              value={draft.prompt}
              onChange={(event) => change({ prompt: event.target.value })}
            />
          </Field>
          <fieldset>
            <legend className="mb-1 text-xs font-medium text-ink-2">{t("priority")}</legend>
            <div className="inline-flex overflow-hidden rounded-md border border-line-strong">
              {PRIORITIES.map((priority) => (
                <label
                  key={priority}
                  className="flex min-h-8 cursor-pointer items-center border-line px-3 not-last:border-r has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent"
                >
                  <input
                    type="radio"
                    name="priority"
                    className="sr-only"
                    checked={draft.priority === priority}
                    onChange={() => change({ priority })}
                  />
                  {word(t, "priority", priority)}
                </label>
              ))}
            </div>
          </fieldset>
          {problem && (
            <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-danger">
              {problem.offline ? t("missionNotStarted") : problem.message}
              {problem.correlationId && (
                <code className="ml-2 font-mono text-xs">{problem.correlationId}</code>
              )}
            </p>
          )}
          <div className="flex items-center justify-between gap-3">
            <p className="text-xs text-ink-3">{t("draftSaved")}</p>
            <Button type="submit" kind="primary" icon="play" busy={starting.isPending} keys="Ctrl ↵">
              {t("startMission")}
            </Button>
          </div>
        </form>
        <PromptSuggestions
          onChoose={(suggestion) => {
            change(suggestion);
            textarea.current?.focus();
          }}
        />
      </div>
      <Preview chosen={draft.dashboardUrl} onChoose={(dashboardUrl) => change({ dashboardUrl })} />
    </div>
  );
}
