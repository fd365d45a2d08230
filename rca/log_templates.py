"""Log templates: lines that differ only in numbers, ids and quoted values have the same template."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from rca.constants import CONSTANTS

_VARIABLES = re.compile(
    r"\"[^\"]{0,200}\"|'[^']{0,200}'|0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]+)*\b|(?<![A-Za-z])[\d][\w.:/-]*"
)
_MAX_TEMPLATES = 5_000  # all further lines share one template
_MAX_CACHED = 50_000  # messages whose template is cached
_MAX_LENGTH = 300  # characters of a message
_ERROR_LEVELS = frozenset({"error", "err", "critical", "fatal", "severe", "alert", "emergency", "panic"})
_QUIET_LEVELS = frozenset({"info", "information", "informational", "notice", "debug", "trace", "verbose"})
_FAULT = re.compile(
    r"back-?off|\boom|out of memory|evict|\bfail|unhealthy|not ?ready|err ?image|crash|deadline ?exceeded"
    r"|quota|refused|unable to|cannot|could not|panic|fatal|timed? ?out|unreachable|denied|forbidden"
    r"|no such|killed",
    re.IGNORECASE,
)
"""Words of warnings, and of lines without a known level, that tell of a failure: Kubernetes' events are
warnings at most.
"""
_UNRESOLVED = re.compile(
    r"name ?resolution|name or service not known|getaddrinfo|eai_(?:again|noname|fail)|enotfound|nxdomain"
    r"|servfail|(?:could not|cannot|can't|failed to|unable to) resolve|unknown host|no such host",
    re.IGNORECASE,
)
"""What programs write when a name has no address."""
_RESOLVER = re.compile(
    r"(?:^|[-_.])(?:core|kube-?|node-?local-?|power)?dns(?:masq|mgr)?(?:$|[-_.])|unbound|bind9", re.IGNORECASE
)
"""Names of services that resolve names."""
_MIN_LINES = 3  # lines that make a spike of a template that is not an error
_MIN_RATIO = 4.0  # rate after the onset over the rate before
_BEGINNING = 1 / 8  # share of the logs' time in which lines are not new
_LASTING = 0.9  # share of the time since a new failure's first line in which there are some
_SHORTEST_NAME = 3  # shorter service names occur in too many words


@dataclass
class LogTemplate:
    """Lines of one service with one template: their times (epoch seconds) and the first line's text."""

    service: str
    template: str
    is_error: bool
    level: str
    first_message: str
    id: str
    times: "array[float]" = field(default_factory=lambda: array("d"))

    def between(self, start: float, end: float) -> "LogTemplate":
        """The template with the lines of this time only, epoch seconds."""
        inside = array("d", (at for at in self.times if start <= at <= end))
        return replace(self, times=inside)


@dataclass(frozen=True)
class LogSpike:
    """A template that is new since the onset (`before` is 0) or far more frequent than before.

    `at` is the first line's time since the onset, epoch seconds; rates are lines per second. `mentions` are
    other services that the template's first line names.
    """

    template: LogTemplate
    at: float
    before: float
    after: float
    mentions: frozenset[str]


class LogTemplateMiner:
    """Groups log lines by template in one pass and bounded memory (eight bytes for each line)."""

    def __init__(self) -> None:
        self.templates: dict[tuple[str, str], LogTemplate] = {}
        self._cache: dict[str, str] = {}
        self._lines = 0

    def add(self, at: float, service: str, level: str, message: str, line_id: str = "") -> None:
        """Adds a line; `at` in epoch seconds. Without an id, the line gets one from its position."""
        self._lines += 1
        text = self._template(message)
        template = self.templates.get((service, text))
        if template is None:
            if len(self.templates) >= _MAX_TEMPLATES:
                text = "(all other lines)"
                template = self.templates.get((service, text))
            if template is None:
                is_error = is_fault(level, message)
                template = LogTemplate(
                    service, text, is_error, level, message[:_MAX_LENGTH], line_id or f"log/{self._lines}"
                )
                self.templates[service, text] = template
        template.times.append(at)

    def _template(self, message: str) -> str:
        text = self._cache.get(message)
        if text is None:
            text = " ".join(_VARIABLES.sub("*", message[:_MAX_LENGTH]).split())
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[message] = text
        return text


def is_fault(level: str, message: str) -> bool:
    """Whether a line tells of a failure: by its level, by its words where the level does not say."""
    level = level.strip().lower()
    if level in _ERROR_LEVELS or level in _QUIET_LEVELS:
        return level in _ERROR_LEVELS
    return _FAULT.search(message[:_MAX_LENGTH]) is not None


def is_unresolved(template: LogTemplate) -> bool:
    """Whether the line reports a name without an address, which name servers answer for."""
    return template.is_error and _UNRESOLVED.search(template.first_message) is not None


def faults(templates: Iterable[LogTemplate], services: Iterable[str]) -> list[LogSpike]:
    """All failures that lines tell of, where there is nothing to compare them with."""
    failing = [template for template in templates if template.times and template.is_error]
    names = _Names(services)
    return [
        LogSpike(template, min(template.times), 0.0, 0.0, names.mentioned(template)) for template in failing
    ]


class _Names:
    """The services that a line may name."""

    def __init__(self, services: Iterable[str]) -> None:
        services = tuple(services)
        self._pattern = _names_pattern(services)
        self._resolvers = frozenset(name for name in services if _RESOLVER.search(name))

    def mentioned(self, template: LogTemplate) -> frozenset[str]:
        """Other services that the first line is about; the name servers where a name had no address."""
        message = template.first_message
        if self._resolvers and is_unresolved(template):
            return self._resolvers - {template.service}
        names = self._pattern.findall(message) if self._pattern else ()
        return frozenset(names) - {template.service}


def log_spikes(templates: Iterable[LogTemplate], onset: float, services: Iterable[str]) -> list[LogSpike]:
    """Templates that began or became far more frequent at the onset (epoch seconds).

    Where no line is older than the onset, they are new only if they began with it: a page often has the
    latest lines only, which begin at any time.
    """
    used = [template for template in templates if template.times]
    if not used:
        return []
    start = min(min(template.times) for template in used)
    seen_before = start < onset
    begin_with_it = start - onset <= CONSTANTS.log_after_s
    end = max(max(template.times) for template in used)
    names = _Names(services)
    spikes = []
    for template in used:
        times = np.sort(np.frombuffer(template.times, dtype=np.float64))
        later = times[np.searchsorted(times, onset) :]
        if not later.size:
            continue
        before = (times.size - later.size) / max(onset - start, 1.0)
        after = later.size / max(end - onset, 1.0)
        enough = 1 if template.is_error else _MIN_LINES
        if later.size >= enough and after > _MIN_RATIO * before and (seen_before or begin_with_it):
            spikes.append(LogSpike(template, float(later[0]), before, after, names.mentioned(template)))
    return spikes


def first_new_error(templates: Iterable[LogTemplate]) -> float | None:
    """When the first new failure began, epoch seconds; None where logs tell of none that lasts.

    It begins in the logs' time and not at its start, has ten lines or more, and goes on to the end. Where its
    service logs other lines, too, one of them is older: else the page may only have its latest lines.
    """
    used = [template for template in templates if template.times]
    if not used:
        return None
    start = min(min(template.times) for template in used)
    end = max(max(template.times) for template in used)
    others: dict[str, float] = {}
    for template in used:
        if not template.is_error:
            others[template.service] = min(*template.times, others.get(template.service, end))
    new = [
        first
        for template in used
        if template.is_error and len(template.times) >= CONSTANTS.new_errors
        for first, last in ((min(template.times), max(template.times)),)
        if first - start >= _BEGINNING * (end - start)
        and end - last <= (1 - _LASTING) * (end - first)
        and others.get(template.service, start) < first
    ]
    return min(new, default=None)


def _names_pattern(services: Iterable[str]) -> re.Pattern[str] | None:
    """Matches service names as whole words, longest first: "user-db" does not mention "user"."""
    names = sorted((name for name in services if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
    if not names:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")
