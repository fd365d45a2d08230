"""A metric's unit by the ending of its name, as Prometheus' naming conventions have it."""

_BOOKKEEPING = ("_total", "_sum", "_bucket", "_created")
_UNITS = (
    # Longer endings first: requests_per_second is no duration.
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


def unit_of(metric: str) -> str:
    """The unit, or "" where the name does not say it."""
    bare = metric
    for ending in _BOOKKEEPING:
        bare = bare.removesuffix(ending)
    for ending, unit in _UNITS:
        if bare.endswith(ending):
            return unit
    return "count" if metric.endswith("_total") else ""
