/** A number as people read it, three digits: bytes as MiB, ratios as %, a dash for nothing. */
export function quantity(value: number | null | undefined, unit = ""): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = (number: number) =>
    Number(number.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 });
  switch (unit.toLowerCase()) {
    case "bytes":
    case "byte":
    case "b":
      return `${digits(value / 1024 ** 2)} MiB`;
    case "ratio":
      return `${Number((100 * value).toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 2 })} %`;
    case "s":
    case "sec":
    case "seconds":
      return value >= 1 ? `${digits(value)} s` : `${digits(1000 * value)} ms`;
    default:
      return `${digits(value)} ${unit}`.trim();
  }
}

export const percent = (share: number) => `${Math.round(100 * share)} %`;
