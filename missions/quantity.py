def quantity(value: float | None, unit: str) -> str:
    """A number as people read it, three digits: bytes as MiB, ratios as %, a dash for nothing."""
    if value is None:
        return "–"  # noqa: RUF001  the typographer's dash
    match unit.lower():
        case "bytes" | "byte" | "b":
            return f"{value / 1024**2:,.3g} MiB"
        case "ratio":
            return f"{100 * value:.3g} %"
        case "s" | "sec" | "seconds":
            return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"
        case _:
            return f"{value:,.3g} {unit}".strip()
