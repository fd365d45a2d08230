import { useT } from "@/i18n";

/** Grey bars in place of content that is loading. */
export function Skeleton({ rows = 6, className = "" }: { rows?: number; className?: string }) {
  const t = useT();
  return (
    <div role="status" className={`flex flex-col gap-3 p-4 ${className}`}>
      <span className="sr-only">{t("loading")}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div
          key={row}
          className={`h-4 animate-pulse-soft rounded bg-line ${["w-11/12", "w-3/4", "w-5/6", "w-2/3"][row % 4]}`}
        />
      ))}
    </div>
  );
}
