import type { Priority } from "@/api/schema";

/** The form before it is sent. `key` is its Idempotency-Key: sending it twice starts one mission. */
export type Draft = {
  prompt: string;
  priority: Priority;
  dashboardUrl: string;
  /** The template of the prompt; "" for none. */
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
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<keyof Draft, unknown>>;
    const text = (value: unknown, maxLength: number) =>
      typeof value === "string" ? value.slice(0, maxLength) : "";
    return {
      prompt: text(stored.prompt, 5000),
      priority: PRIORITIES.includes(stored.priority as string) ? (stored.priority as Priority) : "NORMAL",
      dashboardUrl: text(stored.dashboardUrl, 2000),
      templateId: text(stored.templateId, 36),
      key: text(stored.key, 100) || crypto.randomUUID(),
    };
  } catch {
    return empty();
  }
}

export function saveDraft(draft: Draft) {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // A private window has no storage: the draft lasts as long as the page.
  }
}

export const clearDraft = () => saveDraft(empty());
