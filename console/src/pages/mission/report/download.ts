import type { EventListResponse } from "@/api/schema";

/** The mission with all its events, in the API's format. */
export const asJson = ({ mission, events }: EventListResponse) =>
  new Blob([JSON.stringify({ mission, events }, null, 2)], { type: "application/json" });

/** Downloads content that the page has made. */
export function save(name: string, content: Blob) {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
