def quantity(value: float | None, unit: str) -> str:
    """A number for people, with three digits: bytes as MiB, shares as %, a dash for None."""
    if value is None:
        return "–"  # noqa: RUF001  the typographer's dash
    match unit.lower():
        case "bytes" | "byte" | "b":
            return f"{value / 1024**2:,.3g} MiB"
        case "ratio":
            return f"{100 * value:.3g} %"
        case "percent" | "%":
            return f"{value:.3g} %"
        case "ms" | "milliseconds":
            return quantity(value / 1e3, "s")
        case "us" | "µs" | "microseconds":
            return quantity(value / 1e6, "s")
        case "ns" | "nanoseconds":
            return quantity(value / 1e9, "s")
        case "s" | "sec" | "seconds":
            return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"
        case _:
            return f"{_short(value)} {unit}".strip()


def _short(value: float) -> str:
    """Three digits, without an exponent up to 10^15."""
    rounded = float(f"{value:.3g}")
    for size, letter in ((1e15, ""), (1e9, "G"), (1e6, "M")):
        if abs(rounded) >= size:
            return f"{rounded / size:.3g} {letter}" if letter else f"{rounded:.3g}"
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.3g}"  # noqa: PLR2004  three digits before the point
