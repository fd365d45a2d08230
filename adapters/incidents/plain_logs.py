"""Log lines of plain text: a time, a level and a message; and lines of `key=value`."""

import math
import re
from datetime import UTC, datetime
from typing import NamedTuple

from adapters.incidents.log_levels import level_of
from adapters.incidents.times import parsed_time

_LEVEL = (
    r"(?:TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|ALERT"
    r"|EMERG)"
)
_TIME = r"""(?P<time>
      \d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?
    | \d{1,2}/[A-Za-z]{3}/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:\ [+-]\d{4})?
    | [A-Za-z]{3}\ [A-Za-z]{3}\ +\d{1,2}\ \d{2}:\d{2}:\d{2}(?:\.\d+)?\ \d{4}
    | \d{1,2}\ [A-Za-z]{3}\ \d{4}\ \d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?
    )"""
_LEADING = re.compile(
    rf"""[\[(<"]?(?:{_TIME} | (?P<epoch>\d{{10}}(?:\.\d{{1,9}})?(?=\s) | \d{{13}}(?=\s)))[\])>"]?[\s|,:-]*""",
    re.VERBOSE,
)
_BEHIND = re.compile(
    rf"(?P<before>(?:[^\s,;]+|[DIWEF],)\s+(?:[^\s,;]+\s+){{0,9}}?)[\[(<\"]?{_TIME}[\])>\"]?[\s|:]*",
    re.VERBOSE,
)
"""A time behind a few words: a process and its role, an address, a logger's one-letter level."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PROXIED = re.compile(r"\S+/\S+ (?:[+-]?\d+/){4}[+-]?\d+ (?P<status>\d{3}) ")
"""What HAProxy writes of a request: backend and server, five times, the status."""
_SIGN = re.compile(r"(?P<sign>[.*#-]) ")
_SIGNS = {".": "debug", "-": "debug", "*": "info", "#": "warning"}
"""Valkey's and Redis' levels."""
_KLOG = re.compile(
    r"(?P<level>[IWEF])(?P<month>\d{2})(?P<day>\d{2}) (?P<clock>\d{2}:\d{2}:\d{2}(?:\.\d+)?)\s+\d+ "
    r"(?P<rest>.*)"
)
_SYSLOG = re.compile(
    r"(?:<(?P<priority>\d{1,3})>)?(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<clock>\d{2}:\d{2}:\d{2})"
    r" (?:(?P<host>\S+) )?(?P<app>[\w./-]+)(?:\[\d+\])?: (?P<rest>.*)"
)
_SYSLOG_NEW = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\S+) \S+ (?P<app>\S+) \S+ \S+ (?:-|\[.*?\]) ?(?P<rest>.*)"
)
_ACCESS = re.compile(r'\S+ \S+ \S+ \[(?P<time>[^\]]{10,40})\] "(?P<request>[^"]{0,2000})" (?P<status>\d{3}) ')
_CRI = re.compile(r"(?:stdout|stderr) [FP] (?P<rest>.*)")
_IN_LINE = re.compile(
    rf"(?<![\w.-])(?P<level>{_LEVEL})(?![\w-])|[\[<(](?:\w{{1,20}}:)?(?P<bracketed>(?i:{_LEVEL}))[\])>]"
    rf"|^(?P<first>(?i:{_LEVEL})):"
)
_LOGFMT = re.compile(
    r'(?P<key>[A-Za-z_@][\w.@-]*)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]*))(?:\s+|$)'
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NEAR = 100
"""Characters after the time in which a line names its level."""
_SERVER_ERROR = 500


class PlainLine(NamedTuple):
    """A line of text: `at` in epoch seconds; `level` and `service` are "" where it names none."""

    at: float
    has_zone: bool
    level: str
    service: str
    message: str


def logfmt_of(line: str) -> dict[str, str] | None:
    """The pairs of a line that consists of at least three of them; None for any other line."""
    at = 0
    pairs: dict[str, str] = {}
    while at < len(line) and len(pairs) < 100:  # noqa: PLR2004  no logger writes more
        match = _LOGFMT.match(line, at)
        if match is None:
            return None
        quoted = match["quoted"]
        pairs[match["key"]] = match["bare"] if quoted is None else quoted.replace('\\"', '"')
        at = match.end()
    return pairs if len(pairs) >= 3 else None  # noqa: PLR2004  a time, a level and a message


def plain_line(line: str, reference: float) -> PlainLine | None:
    """The parts of a line; None if no time leads it.

    `reference` is a time (epoch seconds) that the recording contains: it gives the year to times without.
    """
    if "\x1b" in line:
        line = _COLOURS.sub("", line)
    readers = (_klog, _syslog, _new_syslog, _access, _general, _behind)
    return next((read for reader in readers if (read := reader(line, reference))), None)


def _klog(line: str, reference: float) -> PlainLine | None:
    match = _KLOG.match(line)
    at = _with_year(match["month"], match["day"], match["clock"], reference) if match else None
    return None if match is None or at is None else _local(at, level_of(match["level"]), "", match["rest"])


def _syslog(line: str, reference: float) -> PlainLine | None:
    match = _SYSLOG.match(line)
    if match is None or match["month"] not in _MONTHS:
        return None
    at = _with_year(str(_MONTHS.index(match["month"]) + 1), match["day"], match["clock"], reference)
    level = _of_priority(match["priority"]) or level_in(match["rest"])
    return None if at is None else _local(at, level, match["app"], match["rest"])


def _new_syslog(line: str, _: float) -> PlainLine | None:
    match = _SYSLOG_NEW.match(line)
    if match is None:
        return None
    level = _of_priority(match["priority"])
    return _timed(match["time"], level, match["app"].strip("-"), match["rest"])


def _access(line: str, _: float) -> PlainLine | None:
    match = _ACCESS.match(line)
    if match is None:
        return None
    level = "error" if int(match["status"]) >= _SERVER_ERROR else "info"
    return _timed(match["time"], level, "", f"{match['request']} {match['status']}")


def _timed(time: str, level: str, service: str, message: str) -> PlainLine | None:
    at, has_zone = parsed_time(time)
    return PlainLine(at, has_zone, level, service, message) if math.isfinite(at) else None


def _local(at: float, level: str, service: str, message: str) -> PlainLine:
    return PlainLine(at, has_zone=False, level=level, service=service, message=message)


def _general(line: str, _: float) -> PlainLine | None:
    match = _LEADING.match(line)
    if match is None:
        return None
    rest = line[match.end() :]
    if cri := _CRI.match(rest):
        rest = cri["rest"]
    return _timed(match["time"] or match["epoch"], level_in(rest), "", rest)


def _behind(line: str, _: float) -> PlainLine | None:
    match = _BEHIND.match(line[:_NEAR])
    if match is None:
        return None
    before, rest = match["before"], line[match.end() :]
    if not rest:  # a sentence that ends with a time
        return None
    return _timed(match["time"], _level_behind(before, rest), "", rest)


def _level_behind(before: str, rest: str) -> str:
    if proxied := _PROXIED.search(rest[:_NEAR]):
        return "error" if int(proxied["status"]) >= _SERVER_ERROR else "info"
    if sign := _SIGN.match(rest):
        return _SIGNS[sign["sign"]]
    return level_in(before) or level_in(rest)


def level_in(message: str) -> str:
    """The level that the beginning of a message names: in capitals, in brackets, or as its first word."""
    if match := _KLOG.match(message):
        return level_of(match["level"])
    match = _IN_LINE.search(message[:_NEAR])
    return level_of(match["level"] or match["bracketed"] or match["first"]) if match else ""


def _of_priority(priority: str | None) -> str:
    return level_of(int(priority) % 8, "PRIORITY") if priority else ""


def _with_year(month: str, day: str, clock: str, reference: float) -> float | None:
    """The time in the year in which it is closest to the reference; None for no date."""
    year = datetime.fromtimestamp(reference, UTC).year
    dates = (f"{each}-{int(month):02}-{int(day):02}T{clock}" for each in (year - 1, year, year + 1))
    times = [at for date in dates if math.isfinite(at := parsed_time(date)[0])]
    return min(times, key=lambda at: abs(at - reference), default=None)
