// How numbers are written; the unit is fixed by the axis' greatest value so that all its labels agree.

const MIB = 1024 * 1024;

export const UNITS = {
  rate: () => ({ label: "requests/s", scale: 1 }),
  share: () => ({ label: "% of requests", scale: 100, suffix: " %" }),
  seconds: (greatest) =>
    greatest < 1 ? { label: "milliseconds", scale: 1000, suffix: " ms" } : { label: "seconds", scale: 1, suffix: " s" },
  count: () => ({ label: "connections", scale: 1, suffix: "" }),
  bytes: () => ({ label: "MiB", scale: 1 / MIB, suffix: " MiB" }),
};

export function legendText(value, unitName) {
  const unit = UNITS[unitName](value);
  const scaled = value * unit.scale;
  const digits = { " s": 2, " ms": 0, "": 0 }[unit.suffix] ?? 1;
  return `${scaled.toFixed(digits)}${unit.suffix ?? " /s"}`;
}

// Round tick values from 0 to at least `greatest`: 1, 2, 2.5 or 5 times a power of ten apart.
export function ticks(greatest, wanted) {
  const rough = greatest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999);
  const count = Math.ceil(greatest / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0));
  return Array.from({ length: count + 1 }, (_, index) => ({ value: index * step, text: (index * step).toFixed(digits) }));
}

export function clock(milliseconds, withSeconds = true) {
  return new Date(milliseconds).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
  });
}
