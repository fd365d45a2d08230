_NAMES = {
    "s": "seconds",
    "dtdurations": "seconds",
    "ms": "milliseconds",
    "µs": "microseconds",
    "bytes": "bytes",
    "decbytes": "bytes",
    "percentunit": "ratio",
    "percent": "percent",
    "reqps": "requests per second",
    "rps": "requests per second",
    "ops": "per second",
    "cps": "per second",
    "celsius": "celsius",
    "short": "",
    "none": "",
}


def unit_name(unit: str) -> str:
    """Our name for one of Grafana's unit ids; an id that is not known stays as it is."""
    return _NAMES.get(unit, unit)
