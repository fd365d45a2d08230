import type { Priority } from "@/api/schema";

/** What was typed and not sent. `key` is its Idempotency-Key: sending it twice starts one mission. */
export type Draft = {
  prompt: string;
  priority: Priority;
  dashboardUrl: string;
  /** The template that the prompt was made of; "" for none. */
  templateId: string;
  key: string;
};

const KEY = "ops-agent.draft";
const PRIORITIES = ["LOW", "NORMAL", "HIGH", "CRITICAL"];

const empty = (): Draft => ({
  prompt: "",
  priority: "NORMAL",
  dashboardUrl: "",
  templateId: "",
  key: crypto.randomUUID(),
});

export function loadDraft(): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<keyof Draft, unknown>>;
    const text = (value: unknown, most: number) => (typeof value === "string" ? value.slice(0, most) : "");
    return {
      prompt: text(kept.prompt, 5000),
      priority: PRIORITIES.includes(kept.priority as string) ? (kept.priority as Priority) : "NORMAL",
      dashboardUrl: text(kept.dashboardUrl, 2000),
      templateId: text(kept.templateId, 36),
      key: text(kept.key, 100) || crypto.randomUUID(),
    };
  } catch {
    return empty();
  }
}

export function saveDraft(draft: Draft) {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // a private window: it lives as long as the page
  }
}

export const clearDraft = () => saveDraft(empty());
