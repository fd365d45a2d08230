"""The last resort: what the words of a name or title say. Says nothing rather than something wrong."""

import re
from dataclasses import dataclass
from functools import lru_cache

from missions.measurement import MeasuredRole
from semantics.catalog import canonical
from semantics.meaning import CallSide, MetricType, Resource
from semantics.name_words import Words
from semantics.units import normalized_unit, unit_in_name
from semantics.vocabulary import ABBREVIATED, CLIENT_SIDE, HELD, RESOURCES, SERVER_SIDE
from semantics.word_roles import role_of_words

_PHRASES = (
    (re.compile(r"_in_(?:flight|progress|process)(?=_|$)"), "_inflight"),
    (re.compile(r"(messages|msgs|jobs|tasks|items)_in_queue(?=_|$)"), r"\1_queue_length"),
    (re.compile(r"(?:^|(?<=_))time_to_first_byte(?=_|$)"), "ttfb"),
    (re.compile(r"(status|code|http)_5\d\d(?=_|$)"), r"\1_5xx"),
    (re.compile(r"(?:^|(?<=_))event_loop(?=_|$)"), "eventloop"),
    (re.compile(r"(?:^|(?<=_))thread_pool(?=_|$)"), "threadpool"),
    (re.compile(r"(?:^|(?<=_))work(?:er)?_threads?(?=_|$)"), "threads"),
    (re.compile(r"(?:^|(?<=_))file_descriptors?(?=_|$)"), "descriptors"),
    (re.compile(r"(?:^|(?<=_))load_(?:average|avg)?_?(1|5|15)m?(?=_|$)"), r"load\1"),
    (re.compile(r"(?:^|(?<=_))(system|node|host)_load(?=_|$)"), r"\1_loadavg"),
    (re.compile(r"(?:^|(?<=_))load_?(?:average|avg)(?=_|$)"), "loadavg"),
    (re.compile(r"(?:^|(?<=_))disk_io(?=_|$)"), "diskio"),
    (re.compile(r"(?:^|(?<=_))io_wait(?=_|$)"), "iowait"),
    (re.compile(r"(?:^|(?<=_))third_party(?=_|$)"), "thirdparty"),
)
"""Words that belong together. A name has only letters, digits and underscores when they are applied."""
_LONGEST_TEXT = 250
"""Characters that are read: patterns over longer texts take long."""
_BEHIND = re.compile(r"^(.*?)[\s_]*[(\[]\s*([^()\[\]]{1,20})\s*[)\]]\s*$")
_BINARY = {"ki": "kibibytes", "mi": "mebibytes", "gi": "gibibytes"}
_STATISTICS = (
    (re.compile(r"(?:^|_)(?:p|pct)_?(\d{2,4})(?=_|$)"), "p{}"),
    (re.compile(r"(?:latency|duration|time|rt)_(50|75|90|95|99|999)(?=_|$)"), "p{}"),
    (re.compile(r"(?:^|_)(\d{2})(?:th)?_?percentile"), "p{}"),
    (re.compile(r"(?:^|_)percentile_?(\d{2,3})(?=_|$)"), "p{}"),
    (re.compile(r"(?:^|_)(?:avg|average|mean|mrt|art)(?=_|$)"), "mean"),
    (re.compile(r"(?:^|_)median(?=_|$)"), "p50"),
    (re.compile(r"(?:^|_)(?:max|maximum)(?=_|$)"), "max"),
    (re.compile(r"(?:^|_)(?:min|minimum)(?=_|$)"), "min"),
)


@dataclass(frozen=True)
class WordReading:
    """What words say; the role is unknown where they say nothing certain."""

    role: MeasuredRole
    unit: str = ""
    falling_is_bad: bool = False
    type: MetricType = MetricType.UNKNOWN
    statistic: str = ""
    resource: Resource = Resource.NONE
    side: CallSide = CallSide.UNKNOWN


@lru_cache(maxsize=8192)
def read_words(text: str, unit: str = "") -> WordReading:
    """What a name or a title says. `unit` is a unit that is known from elsewhere, normalized."""
    stem, stated = _without_unit(text[:_LONGEST_TEXT])
    name = canonical(stem)
    for phrase, replacement in _PHRASES:
        name = phrase.sub(replacement, name)
    words = tuple(ABBREVIATED.get(word, word) for word in name.replace(":", "_").split("_"))
    unit = unit or _unit(name, words, stated)
    counted = name.endswith("_count") and len(words) > 1 and HELD.isdisjoint(words)
    counter = name.endswith("_total") or counted
    statistic = _statistic(name)
    spoken = Words(words, unit, counter=counter, statistic=statistic)
    role, falling = role_of_words(spoken)
    resource = resource_of_words(words)
    if not unit and role in {MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO}:
        unit = next((share for share in ("percent", "ratio") if share in words), "")
    running = name.endswith("_total") and not spoken.is_amount
    return WordReading(
        role=role,
        unit=unit,
        falling_is_bad=falling,
        type=MetricType.COUNTER if running else MetricType.UNKNOWN,
        statistic="" if role is MeasuredRole.LIMIT else statistic,
        resource=_fitting(resource, role),
        side=_side(words, role, resource),
    )


def resource_of_words(words: tuple[str, ...]) -> Resource:
    """The resource that the words name, or none."""
    present = set(words)
    return next((Resource(name) for name, each in RESOURCES.items() if present & each), Resource.NONE)


def _without_unit(text: str) -> tuple[str, str]:
    """The text and the unit that stands in brackets behind it, as in "CpuUsage(m)"; "" without one."""
    behind = _BEHIND.match(text)
    if behind is None:
        return text, ""
    stated = behind[2].strip()
    if stated == "m" and "cpu" in behind[1].lower():
        return behind[1], "millicores"
    unit = normalized_unit(stated) or _BINARY.get(stated.lower(), "")
    return (behind[1], unit) if unit else (text, "")


def _unit(name: str, words: tuple[str, ...], stated: str) -> str:
    if unit := stated or unit_in_name(name):
        return unit
    return "seconds" if words[-1:] == ("s",) and len(words) > 1 else ""


def _statistic(name: str) -> str:
    for pattern, statistic in _STATISTICS:
        if match := pattern.search(name):
            return statistic.format(*match.groups())
    return ""


def _fitting(resource: Resource, role: MeasuredRole) -> Resource:
    """Requests are no use of a queue or a log because a word of these is in their name."""
    answers = {MeasuredRole.TRAFFIC, MeasuredRole.LATENCY, MeasuredRole.ERRORS, MeasuredRole.ERROR_RATIO}
    if role is MeasuredRole.UNKNOWN or (role in answers and resource in {Resource.QUEUE, Resource.LOGS}):
        return Resource.NONE
    if role is MeasuredRole.QUEUE and resource is Resource.NONE:
        return Resource.QUEUE
    return resource


def _side(words: tuple[str, ...], role: MeasuredRole, resource: Resource) -> CallSide:
    answers = {
        *(MeasuredRole.TRAFFIC, MeasuredRole.LATENCY, MeasuredRole.ERRORS),
        *(MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO),
    }
    if role not in answers:
        return CallSide.UNKNOWN
    present = set(words)
    if present & CLIENT_SIDE or (role is MeasuredRole.LATENCY and resource is Resource.CONNECTIONS):
        return CallSide.CLIENT
    return CallSide.SERVER if present & SERVER_SIDE else CallSide.UNKNOWN
