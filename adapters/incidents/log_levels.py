"""Levels of log lines: words in any spelling, and the numbers of several schemes."""

import re
from functools import lru_cache

_WORDS = {
    "trace": "trace trc trce t finest finer verbose v vrb silly",
    "debug": "debug dbg debu dbug d fine",
    "info": "info inf information informational i notice n not log config success http normal ok audit",
    "warning": "warning warn wrn w warni caution",
    "error": "error err erro eror e fail failure failed severe s exception",
    "fatal": "fatal fata ftl f critical crit crt c panic dpanic pnc emergency emerg alert a",
}
_LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_LETTERS = re.compile(r"[a-z]+")
_PINO = ((60, "fatal"), (50, "error"), (40, "warning"), (30, "info"), (20, "debug"))
_PYTHON = ((50, "fatal"), (40, "error"), (30, "warning"), (20, "info"), (10, "debug"))
_OTEL = ((21, "fatal"), (17, "error"), (13, "warning"), (9, "info"), (5, "debug"))
_LOGBACK = ((40_000, "error"), (30_000, "warning"), (20_000, "info"), (10_000, "debug"))
_JUL = ((1000, "error"), (900, "warning"), (700, "info"), (500, "debug"))
_DOTNET = ("trace", "debug", "info", "warning", "error", "fatal", "info")
_SYSLOG = ("fatal", "fatal", "fatal", "error", "warning", "info", "info", "debug")
_LOG4J = ((100, "fatal"), (200, "error"), (300, "warning"), (400, "info"), (500, "debug"))


@lru_cache(maxsize=4096)
def level_of(value: str | float, field: str = "level") -> str:
    """trace, debug, info, warning, error or fatal; "" for what is no level.

    Numbers are read by the field's name and their size: 10 to 60 of pino and bunyan, 0 to 7 of syslog and
    GELF, OpenTelemetry's severity numbers, and those of Python, .NET, Java and Logback.
    """
    if isinstance(value, str):
        text = _ANSI.sub("", value).strip().lower() if len(value) <= 60 else ""  # noqa: PLR2004  no level is longer
        if text.lstrip("-").replace(".", "", 1).isdigit():
            return _of_number(float(text), field)
        match = _LETTERS.search(text.rpartition(".")[2])
        return _LEVELS.get(match[0], "") if match else ""
    return _of_number(float(value), field)


def _of_number(number: float, field: str) -> str:
    name = re.sub(r"[^a-z]", "", field.lower())
    place = int(number) if 0 <= number < 8 else -1  # noqa: PLR2004  eight severities
    if name == "status":
        return "error" if 500 <= number < 600 else ""  # noqa: PLR2004  HTTP's server errors
    if name == "severitynumber":
        return _at_least(number, _OTEL, "trace")
    if name == "levelno":
        return _at_least(number, _PYTHON, "trace")
    if name == "loglevel" and 0 <= place < len(_DOTNET):
        return _DOTNET[place]
    if place >= 0:
        return _SYSLOG[place]
    if name == "severity" and number <= 24:  # noqa: PLR2004  OpenTelemetry's highest
        return _at_least(number, _OTEL, "trace")
    if name == "intlevel":
        return next((level for limit, level in _LOG4J if number <= limit), "trace")
    if number >= 5000:  # noqa: PLR2004  Logback's are thousands
        return _at_least(number, _LOGBACK, "trace")
    if number >= 300:  # noqa: PLR2004  java.util.logging's are hundreds
        return _at_least(number, _JUL, "trace")
    return _at_least(number, _PINO, "trace") if number > 0 else ""


def _at_least(number: float, limits: tuple[tuple[int, str], ...], lowest: str) -> str:
    return next((level for limit, level in limits if number >= limit), lowest)
