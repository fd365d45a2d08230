import { span, useNow, useTimes } from "@/format/time";
import { useT } from "@/i18n";

/** How long one may still decide, in words; at its end nothing is done. */
export function Countdown({ until, short = false }: { until: string; short?: boolean }) {
  const t = useT();
  const { full } = useTimes();
  const left = Date.parse(until) - useNow();
  const urgent = left < 120_000;
  if (left <= 0) return <span className="text-danger">{t("timeUp")}</span>;
  const time = span(left);
  return (
    <time dateTime={until} title={full(until)} className={`num ${urgent ? "font-semibold text-danger" : ""}`}>
      {t(short ? "leftShort" : "leftLong", { time })}
    </time>
  );
}
