import { useState } from "react";
import { visible } from "@/format/text";
import { useT } from "@/i18n";

const FOLD_AFTER = 600;

/** Text from a person, a page or an agent: never as markup, with invisible characters visible, folded if long. */
export function UntrustedText({
  text,
  maxLength = FOLD_AFTER,
  className = "",
}: {
  text: string;
  maxLength?: number;
  className?: string;
}) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const long = text.length > maxLength;
  const shown = visible(long && !open ? text.slice(0, maxLength) : text);
  return (
    <span dir="auto" className={`untrusted ${className}`}>
      {shown}
      {long && !open && "… "}
      {long && (
        <button
          type="button"
          onClick={() => setOpen(!open)}
          className="min-h-6 font-medium text-accent hover:underline"
        >
          {open ? t("showLess") : t("showAll", { count: text.length })}
        </button>
      )}
    </span>
  );
}

/** Text of the agent in a box that labels it as not verified. */
export function UnverifiedText({ text }: { text: string }) {
  const t = useT();
  return (
    <div className="rounded-md border border-dashed border-line-strong bg-sunken px-3 py-2">
      <p className="eyebrow mb-1">{t("unverified")}</p>
      <UntrustedText text={text} />
    </div>
  );
}
