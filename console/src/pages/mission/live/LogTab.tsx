import type { Step } from "@/api/schema";
import { stripMarkdown, visible } from "@/format/text";
import { useTimes } from "@/format/time";
import { UntrustedText } from "@/ui/UntrustedText";

/** Everything that was recorded, word by word. */
export function LogTab({ steps, chosen }: { steps: Step[]; chosen: Step | null }) {
  const { clock } = useTimes();
  return (
    <ol className="flex flex-col gap-2 p-3 font-mono text-xs">
      {steps.map((step) => (
        <li
          key={step.seq}
          className={chosen?.seq === step.seq ? "-mx-1.5 rounded bg-accent-soft px-1.5 py-0.5" : ""}
        >
          <span className="num text-ink-3">
            {String(step.seq).padStart(2, "0")} {clock(step.at)}
          </span>{" "}
          <span className="font-semibold [overflow-wrap:anywhere]">{visible(step.title)}</span>
          {step.detail && (
            <div className="text-ink-2">
              <UntrustedText text={stripMarkdown(step.detail)} most={300} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
