"""What a panel's unit, title and legend say about its series."""

import re
from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.meaning import SeriesDescription
from semantics.units import COUNTED, TIMES, normalized_unit
from semantics.words import WordReading, read_words

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\{?\w+(?::\w+)?\}?|\[\[\w+\]\]")
_TIME_WORDS = re.compile(
    r"(?i)\b(?:latenc\w*|duration\w*|response|request|requests|query|queries|call|calls|time)\b"
)
_SEVERAL = re.compile(r"(?i)\s(?:and|vs\.?|versus)\s|[&/,+|]")
_COUNTS = {MeasuredRole.TRAFFIC, MeasuredRole.ERRORS}
_RATIOS = {MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO}
_SHARES = frozenset({"ratio", "percent"})


def read_panel(description: SeriesDescription, unit: str = "") -> WordReading:
    """What the panel says. `unit` is the unit that the expression gives, which counts more than the panel's.

    The legend comes before the title. A title that names several things says nothing about one series.
    """
    unit = unit or normalized_unit(description.unit)
    for text in (description.legend, description.title):
        words = _TEMPLATE.sub(" ", text).strip()
        if not words or (text is description.title and _SEVERAL.search(words)):
            continue
        reading = _with_unit(words, unit)
        if reading.role is not MeasuredRole.UNKNOWN:
            return reading
    return WordReading(MeasuredRole.UNKNOWN, unit)


def fits(role: MeasuredRole, unit: str) -> bool:
    """Whether something with this role can have this unit; "" fits everything."""
    base = unit.partition("/")[0]
    if not unit:
        return True
    if role in _COUNTS:
        return base in COUNTED or (role is MeasuredRole.TRAFFIC and ("bytes" in base or base == "bits"))
    if role is MeasuredRole.LATENCY:
        return unit in TIMES
    if role in _RATIOS or role is MeasuredRole.SATURATION:
        return unit in _SHARES
    if role is MeasuredRole.QUEUE:
        return unit not in _SHARES and not unit.endswith("/s")
    return True


def _with_unit(words: str, unit: str) -> WordReading:
    reading = read_words(words, unit)
    if unit in TIMES and _TIME_WORDS.search(words) and reading.role in {MeasuredRole.UNKNOWN, *_COUNTS}:
        reading = replace(reading, role=MeasuredRole.LATENCY, falling_is_bad=False)
    if not fits(reading.role, unit):
        return WordReading(MeasuredRole.UNKNOWN, unit)
    return reading
