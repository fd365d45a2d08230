import { useSyncExternalStore } from "react";
import type { Tone } from "@/ui/Badge";

export type Toast = { id: number; tone: Tone; title: string; text?: string; to?: string };

const LIFE_MS = 8000;
let list: Toast[] = [];
let count = 0;
const ears = new Set<() => void>();

function set(next: Toast[]) {
  list = next;
  for (const ear of ears) ear();
}

export const dismiss = (id: number) => set(list.filter((one) => one.id !== id));

/** Tells something in the corner. What must be read stays until it is closed. */
export function toast(one: Omit<Toast, "id">) {
  count += 1;
  const id = count;
  set([...list.slice(-3), { ...one, id }]);
  if (one.tone !== "danger") setTimeout(() => dismiss(id), LIFE_MS);
}

export const useToasts = () =>
  useSyncExternalStore(
    (ear) => {
      ears.add(ear);
      return () => ears.delete(ear);
    },
    () => list,
  );
