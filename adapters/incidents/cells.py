"""Numbers in the cells of tables, as people and dashboards write them."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from semantics.units import normalized_unit

GAPS = frozenset(
    {
        "",
        "-",
        "--",
        "\u2013",
        "\u2014",
        "nan",
        "null",
        "none",
        "na",
        "n/a",
        "#n/a",
        "nil",
        "undefined",
        "no data",
        "?",
    }
)
"""What is written where there is no sample, in lower case."""

_NUMBER = r"[+\-\u2212]?(?:\d[\d.,'\u00a0\u202f ]*|\.\d+)(?:[eE][+-]?\d+)?"
_CELL = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>[^\d\s].*)?")
_DURATION = re.compile(r"(?P<sign>-?)(?P<parts>(?:\d+(?:\.\d+)?(?:d|h|ms|m|s|us|µs|μs|ns)\s*){2,})")
_PART = re.compile(r"(\d+(?:\.\d+)?)(d|h|ms|m|s|us|µs|μs|ns)")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SECONDS["μs"] = 1e-6
_MULTIPLES = {
    "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "Mil": 1e6, "Bil": 1e9, "Tri": 1e12,
    "Ki": 1024.0, "Mi": 1024.0**2, "Gi": 1024.0**3, "Ti": 1024.0**4, "µ": 1e-6, "mn": 1e6, "bn": 1e9,
    "B": 1e9,
}  # fmt: skip
_BINARY = {"Ki", "Mi", "Gi", "Ti"}
_SIZES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_SIZE = re.compile(r"(?P<prefix>[kKMGTP]?)(?P<binary>i?)(?P<base>B|b|bit|bits|bytes?)(?P<rate>ps|/s|/sec)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MAX_LENGTH = 64


@dataclass(frozen=True)
class Quantified:
    """A number with its unit, normalized where it is known; "" without one."""

    value: float
    unit: str = ""


def number_of(cell: str, *, decimal_comma: bool = False) -> Quantified | None:
    """The number of a cell; NaN for a gap, None for what is no number.

    With `decimal_comma` a comma is the decimal separator and a point separates thousands.
    """
    text = cell.strip()
    if not decimal_comma:
        try:
            return Quantified(float(text))
        except ValueError:
            pass
    if len(text) > _MAX_LENGTH:
        return None
    return _written(text, decimal_comma)


@lru_cache(maxsize=65_536)
def _written(text: str, decimal_comma: bool) -> Quantified | None:  # noqa: FBT001  private
    if text.lower() in GAPS:
        return Quantified(math.nan)
    if text.lower() in {"inf", "+inf", "-inf", "infinity", "∞"}:
        return Quantified(math.inf)
    if duration := _DURATION.fullmatch(text):
        seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(duration["parts"]))
        return Quantified(-seconds if duration["sign"] else seconds, "seconds")
    match = _CELL.fullmatch(text)
    if match is None:
        return None
    number = _digits(match["number"].strip(), decimal_comma=decimal_comma)
    if number is None:
        return None
    return _with_unit(number, (match["unit"] or "").strip())


def _digits(text: str, *, decimal_comma: bool) -> float | None:
    text = re.sub(r"[\u00a0\u202f' ]", "", text).replace("\u2212", "-")
    if decimal_comma:
        if text.count(".") == 1 and "," not in text and not re.search(r"\.\d{3}$", text):
            pass  # a file with a mix: 0.25 has no thousands
        else:
            text = text.replace(".", "").replace(",", ".")
    elif "," in text:
        if not _GROUPED.fullmatch(text):
            return None
        text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        return None


def _with_unit(number: float, text: str) -> Quantified | None:
    """The number with a unit as "ms", "k", "kB/s", "Mil req/s", "%"."""
    if not text:
        return Quantified(number)
    if text in _BINARY:
        return Quantified(number * _MULTIPLES[text], "bytes")
    if size := _size(number, text):  # before the other units: "Mb/s" are bits, "MB/s" are bytes
        return size
    if unit := normalized_unit(text):
        return Quantified(number, unit)
    for multiple in sorted(_MULTIPLES, key=len, reverse=True):
        rest = text.removeprefix(multiple)
        if rest == text:
            continue
        if not rest.strip():
            return Quantified(number * _MULTIPLES[multiple])
        unit = normalized_unit(rest)
        if unit and (rest[0].isspace() or unit.endswith(("/s", "/min"))):
            return Quantified(number * _MULTIPLES[multiple], unit)
    return Quantified(number, text) if re.fullmatch(r"[A-Za-z°µ$€£][\w°/%. ]{0,30}", text) else None


def _size(number: float, text: str) -> Quantified | None:
    """Bytes and bits with any prefix, in bytes or bits."""
    match = _SIZE.fullmatch(text)
    if match is None or (match["binary"] and not match["prefix"]):
        return None
    factor = 1.0
    if prefix := match["prefix"]:
        power = "KMGTP".index(prefix.upper()) + 1
        factor = 1024.0**power if match["binary"] else _SIZES[prefix]
    base = "bits" if match["base"] in {"b", "bit", "bits"} else "bytes"
    return Quantified(number * factor, base + ("/s" if match["rate"] else ""))
