import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";

/** The time that is left for a decision. */
export function Countdown({ until, short = false }: { until: string; short?: boolean }) {
  const t = useT();
  const { dateTime, duration } = useFormats();
  const left = Date.parse(until) - useNow();
  const urgent = left < 120_000;
  if (left <= 0) return <span className="text-danger">{t("expired")}</span>;
  const time = duration(left);
  return (
    <time
      dateTime={until}
      title={dateTime(until)}
      className={`num ${urgent ? "font-semibold text-danger" : ""}`}
    >
      {t(short ? "timeLeft" : "expiresIn", { time })}
    </time>
  );
}
