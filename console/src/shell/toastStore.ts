import { createStore } from "@/store";
import type { Tone } from "@/ui/Badge";

export type Toast = { id: number; tone: Tone; title: string; text?: string; to?: string };

const LIFE_MS = 8000;
const MAX_TOASTS = 4;
const store = createStore<Toast[]>([]);
let lastId = 0;

export const useToasts = store.use;

export const dismiss = (id: number) => store.set(store.get().filter((toast) => toast.id !== id));

/** Shows a message in the corner. Errors stay until they are closed. */
export function showToast(content: Omit<Toast, "id">) {
  lastId += 1;
  const id = lastId;
  store.set([...store.get(), { ...content, id }].slice(-MAX_TOASTS));
  if (content.tone !== "danger") setTimeout(() => dismiss(id), LIFE_MS);
}
