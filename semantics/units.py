"""Units in one spelling, and what arithmetic does to them."""

import re

_SPELLINGS: dict[str, str] = {}
for _unit, _names in {
    "seconds": "s sec secs second seconds dtdurations clocks durations",
    "milliseconds": "ms msec millis millisecond milliseconds dtdurationms durationms",
    "microseconds": "us µs μs usec usecs micros microsecond microseconds",
    "nanoseconds": "ns nanos nanosecond nanoseconds",
    "minutes": "m min mins minute minutes",
    "hours": "h hour hours",
    "days": "d day days",
    "bytes": "b by byte bytes decbytes octets octet",
    "kibibytes": "kib kibibyte kibibytes kbytes",
    "kilobytes": "kb deckbytes kilobyte kilobytes",
    "mebibytes": "mib mebibyte mebibytes mbytes",
    "megabytes": "mb decmbytes megabyte megabytes",
    "gibibytes": "gib gibibyte gibibytes gbytes",
    "gigabytes": "gb decgbytes gigabyte gigabytes",
    "bits": "bit bits decbits",
    "bytes/s": "bps binbps byte/s bytes/s bytes/sec bytes/second by/s b/s",
    "bits/s": "bit/s bits/s bits/second binbits/s",
    "kilobytes/s": "kbs kb/s kilobytes/second",
    "megabytes/s": "mbs mb/s megabytes/second",
    "ratio": "percentunit ratio fraction",
    "percent": "percent % pct percentage",
    "requests/s": "reqps rps req/s request/s requests/s requests/sec qps requests/second",
    "count/s": "cps ops wps iops eps mps ops/s 1/s count/s count/second queries/s messages/s events/s /s hz",
    "count/min": "opm rpm cpm rps/m wpm 1/min count/min requests/min",
    "count": "count counts short requests request messages message items connections threads errors",
    "celsius": "celsius °c c degc",
    "volts": "volt volts v",
    "watts": "watt watts w",
    "joules": "joule joules j",
    "hertz": "hertz rothz",
    "cores": "core cores cpu cpus vcpu vcpus",
    "errors/s": "errors/s error/s errors/sec",
    "seconds/s": "seconds/s s/s",
    "millicores": "millicores millicore mcores",
}.items():
    for _name in _names.split():
        _SPELLINGS[_name] = _unit

TIMES = {"nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0, "minutes": 60.0}
TIMES |= {"hours": 3600.0, "days": 86400.0}
"""Seconds in each unit of time."""

_BYTES = {"bytes": 1.0, "kilobytes": 1e3, "kibibytes": 1024.0, "megabytes": 1e6, "mebibytes": 1024.0**2}
_BYTES |= {"gigabytes": 1e9, "gibibytes": 1024.0**3, "bits": 0.125}
_SHARES = {"ratio": 1.0, "percent": 0.01}
_CORES = {"cores": 1.0, "millicores": 0.001}
COUNTED = frozenset(
    {
        "count",
        "requests",
        "errors",
        "messages",
        "queries",
        "operations",
        "packets",
        "events",
        "transactions",
        "rows",
    }
)
"""Units that count: their rates are comparable with each other."""


def normalized_unit(text: str) -> str:
    """The unit in our spelling; "" if the text is no unit that is known here.

    Grafana writes "Bps" for bytes and "bps" for bits per second, "KBs" for kilobytes per second.
    """
    if text.strip() in {"bps", "Mbits", "Kbits"}:
        return "bits/s" if text.strip() == "bps" else ""
    if text.strip() == "clocks":
        return ""
    return _SPELLINGS.get(text.strip().lower(), "")


def unit_in_name(name: str) -> str:
    """The unit that ends a metric's name, as Prometheus and OpenMetrics ask for; "" without one.

    `name` is in lower case with underscores.
    """
    stem = re.sub(
        r"_(?:total|sum|count|bucket|max|min|avg|mean|average|p\d{2,3}|\d{2,3}(?:th|percentile)|created)$",
        "",
        name,
    )
    stem = re.sub(r"_(?:max|min|avg|mean|average|total)$", "", stem)
    if re.search(r"(?:^|_)per_?(?:s|sec|secs|second)$", stem):
        return "bytes/s" if "bytes_per" in stem else "count/s"
    if re.search(r"(?:^|_)per_?(?:m|min|minute)$", stem):
        return "count/min"
    if re.search(r"_bytes_(?:sent|received|transmitted|read|written|in|out)$", f"_{stem}"):
        return "bytes"
    last = stem.rpartition("_")[2]
    if last in {
        "seconds",
        "milliseconds",
        "microseconds",
        "nanoseconds",
        "minutes",
        "hours",
        "days",
        "ms",
        "us",
        "ns",
    }:
        return _SPELLINGS[last]
    if last in {"sec", "secs", "msec", "millis", "micros", "nanos", "usec"}:
        return _SPELLINGS[last]
    if last in {
        "bytes",
        "bits",
        "celsius",
        "volts",
        "watts",
        "joules",
        "cores",
        "hertz",
        "mb",
        "gb",
        "kb",
        "mib",
        "gib",
    }:
        return _SPELLINGS[last]
    if last == "octets":
        return "bytes"
    if last in {"ratio", "percent", "percentage", "pct"}:
        return _SPELLINGS[last]
    return ""


def per_second(unit: str) -> str:
    """The unit of a rate: seconds per second are a share of time, counted in "seconds/s"."""
    return "" if not unit else unit if unit.endswith(("/s", "/min")) else f"{unit}/s"


def scaled(unit: str, factor: float) -> str:
    """The unit of `value * factor` so that it means the same amount; "" if there is no word for it."""
    base, slash, time = unit.partition("/")
    if factor == 1 or not unit:
        return unit
    if slash and time == "s" and factor == 60 and base in COUNTED:  # noqa: PLR2004  seconds of a minute
        return f"{base}/min"
    for family in (TIMES, _BYTES, _SHARES, _CORES):
        if base in family:
            wanted = family[base] / factor
            match = next((name for name, size in family.items() if abs(size / wanted - 1) < 1e-6), "")  # noqa: PLR2004  rounding
            return match + slash + time if match else ""
    return ""


def conversion(unit: str, wanted: str) -> float | None:
    """The factor that turns amounts in `unit` into `wanted`; None where they measure different things."""
    base, slash, time = unit.partition("/")
    wanted_base, wanted_slash, wanted_time = wanted.partition("/")
    if (slash, time) != (wanted_slash, wanted_time):
        return None
    if base == wanted_base:
        return 1.0
    for family in (TIMES, _BYTES, _SHARES, _CORES):
        if base in family and wanted_base in family:
            return family[base] / family[wanted_base]
    return None
