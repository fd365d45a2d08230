"""Units: by the ending of a metric's name (Prometheus' naming conventions), and by Grafana's unit ids."""

_SUFFIXES = ("_total", "_sum", "_bucket", "_created")
_UNITS = (
    # Longer endings come first: requests_per_second is not a duration.
    ("_seconds_per_second", "ratio"),
    ("_bytes_per_second", "bytes per second"),
    ("requests_per_second", "requests per second"),
    ("_per_second", "per second"),
    ("_rps", "requests per second"),
    ("_milliseconds", "milliseconds"),
    ("_ms", "milliseconds"),
    ("_seconds", "seconds"),
    ("_bytes", "bytes"),
    ("_ratio", "ratio"),
    ("_percent", "percent"),
    ("_celsius", "celsius"),
    ("_count", "count"),
    ("replicas", "count"),
)
_GRAFANA_UNITS = {
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


def unit_of(metric: str) -> str:
    """The metric's unit, or "" where its name does not end in one."""
    bare = metric
    for ending in _SUFFIXES:
        bare = bare.removesuffix(ending)
    for ending, unit in _UNITS:
        if bare.endswith(ending):
            return unit
    return "count" if metric.endswith("_total") else ""


def grafana_unit(unit_id: str) -> str:
    """The unit's name; an unknown id of Grafana's is returned unchanged."""
    return _GRAFANA_UNITS.get(unit_id, unit_id)
