import { useState } from "react";
import { useT } from "@/i18n";
import { IconButton } from "@/ui/Button";

/** An identifier to copy. */
export function Copyable({ value, shown }: { value: string; shown?: string }) {
  const t = useT();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setDone(true);
  };
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="truncate font-mono text-xs" title={value}>
        {shown ?? value}
      </code>
      <IconButton label={done ? t("copied") : t("copy")} icon={done ? "check" : "copy"} onClick={copy} />
    </span>
  );
}
