import type { EventView } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { stripMarkdown, visible } from "@/format/text";
import { useEventText } from "@/live/renderEvent";
import { UntrustedText } from "@/ui/UntrustedText";

/** Every event in full. */
export function LogTab({ events, chosen }: { events: EventView[]; chosen: EventView | null }) {
  const { time } = useFormats();
  const { titleOf, detailOf } = useEventText();
  return (
    <ol className="flex flex-col gap-2 p-3 font-mono text-xs">
      {events.map((event) => (
        <li
          key={event.seq}
          className={chosen?.seq === event.seq ? "-mx-1.5 rounded bg-accent-soft px-1.5 py-0.5" : ""}
        >
          <span className="num text-ink-3">
            {String(event.seq).padStart(2, "0")} {time(event.at)}
          </span>{" "}
          <span className="font-semibold [overflow-wrap:anywhere]">{visible(titleOf(event))}</span>
          {detailOf(event) && (
            <div className="text-ink-2">
              <UntrustedText text={stripMarkdown(detailOf(event))} maxLength={300} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
