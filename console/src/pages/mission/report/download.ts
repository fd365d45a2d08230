import type { MissionResponse } from "@/api/schema";

/** The mission with all its steps, as the API tells it. */
export const asJson = (detail: MissionResponse) =>
  new Blob([JSON.stringify({ mission: detail.mission, steps: detail.steps }, null, 2)], {
    type: "application/json",
  });

/** Hands a file to the person. */
export function save(name: string, content: Blob) {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
