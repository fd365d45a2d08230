import { useState } from "react";
import { visible } from "@/format/text";
import { useT } from "@/i18n";

const MOST = 600;

/** What a person, a page or an agent said: text only, with everything unseen written out, folded where long. */
export function UntrustedText({
  text,
  most = MOST,
  className = "",
}: {
  text: string;
  most?: number;
  className?: string;
}) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const long = text.length > most;
  const shown = visible(long && !open ? text.slice(0, most) : text);
  return (
    <span dir="auto" className={`said ${className}`}>
      {shown}
      {long && !open && "… "}
      {long && (
        <button
          type="button"
          onClick={() => setOpen(!open)}
          className="min-h-6 font-medium text-accent hover:underline"
        >
          {open ? t("less") : t("showAll", { count: text.length.toLocaleString() })}
        </button>
      )}
    </span>
  );
}

/** An agent's words: boxed, and named as unverified. */
export function UnverifiedText({ text }: { text: string }) {
  const t = useT();
  return (
    <div className="rounded-md border border-dashed border-line-strong bg-sunken px-3 py-2">
      <p className="eyebrow mb-1">{t("unverified")}</p>
      <UntrustedText text={text} />
    </div>
  );
}
