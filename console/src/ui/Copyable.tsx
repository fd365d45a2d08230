import { useState } from "react";
import { useT } from "@/i18n";
import { IconButton } from "@/ui/Button";

/** An identifier with a button that copies it. `label` is a shorter text for it. */
export function Copyable({ value, label }: { value: string; label?: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="truncate font-mono text-xs" title={value}>
        {label ?? value}
      </code>
      <IconButton label={copied ? t("copied") : t("copy")} icon={copied ? "check" : "copy"} onClick={copy} />
    </span>
  );
}
