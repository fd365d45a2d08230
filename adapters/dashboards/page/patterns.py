"""Patterns that organizations write: matched in time that grows with the text only, never by backtracking."""

import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import re2

from missions.errors import InvalidError

COVERED = "█████"
PATTERN_LENGTH = 500
"""The longest pattern, in characters."""
TEXT_LENGTH = 20_000
"""The longest text that is searched, in characters; a longer one is covered as a whole."""
_OPEN_REPETITION = re.compile(r"\{,\d+\}")
"""Python reads {,5} as a repetition, RE2 as text: a pattern of an older release would cover nothing."""
_PROGRAM_SIZE = 5_000
"""The most instructions of a compiled pattern: the time for a text grows with them."""
_MEMORY = 1 << 20
SECONDS = 5.0
"""How much CPU time the patterns of one visit get."""


class _Match(Protocol):
    def span(self) -> tuple[int, int]: ...


class CompiledPattern(Protocol):
    """What is used of RE2's compiled patterns."""

    programsize: int

    def finditer(self, text: bytes) -> Iterator[_Match]:
        """The matches one after the other."""


def compile_pattern(pattern: str) -> CompiledPattern:
    """The compiled pattern (RE2's syntax). Raises InvalidError, which says what is not supported."""
    if len(pattern) > PATTERN_LENGTH:
        raise InvalidError(f"A pattern has more than {PATTERN_LENGTH} characters.")
    if _OPEN_REPETITION.search(pattern):
        raise InvalidError(f"{pattern[:100]!r} has a repetition without its minimum: write {{0,n}}.")
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = True
    try:
        compiled: CompiledPattern = re2.compile(pattern, options)
    except re2.error as error:
        raise InvalidError(f"{pattern[:100]!r} is no pattern in RE2's syntax: {_reason(error)}") from None
    except UnicodeEncodeError:
        raise InvalidError("A pattern has characters that are no text.") from None
    if compiled.programsize > _PROGRAM_SIZE:
        raise InvalidError(f"{pattern[:100]!r} is too large: use fewer or shorter repetitions.")
    return compiled


class PatternTimeError(Exception):
    """The patterns took more than their time."""


class Patterns:
    """The patterns of one visit. They may be used in several threads."""

    def __init__(self, patterns: Iterable[str], seconds: float = SECONDS) -> None:
        """Raises InvalidError for a pattern that is not supported."""
        self._patterns = [compile_pattern(pattern) for pattern in patterns]
        self._left_s = seconds
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def cover(self, text: str) -> str:
        """The text with every match of a pattern covered. Raises PatternTimeError after the time is over."""
        if not self._patterns or not text:
            return text
        if len(text) > TEXT_LENGTH:
            return COVERED
        # Lone surrogates, which JSON may hold, cannot be encoded: they become question marks.
        content = text.encode(errors="replace")
        spans = sorted(span for pattern in self._patterns for span in self._matches(pattern, content))
        if not spans:
            return text
        parts, end = [], 0
        for start, stop in _merged(spans):
            parts += [content[end:start].decode(errors="replace"), COVERED]
            end = stop
        return "".join([*parts, content[end:].decode(errors="replace")])

    def _matches(self, pattern: CompiledPattern, content: bytes) -> Iterator[tuple[int, int]]:
        # Each search is linear, but as many as the text is long may follow each other: the time is limited.
        matches = pattern.finditer(content)
        while (match := self._timed(matches)) is not None:
            start, stop = match.span()
            if stop > start:
                yield start, stop

    def _timed(self, matches: Iterator[_Match]) -> _Match | None:
        began = time.thread_time()
        match = next(matches, None)
        with self._lock:
            self._left_s -= time.thread_time() - began
            if self._left_s < 0:
                raise PatternTimeError
        return match


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The sorted spans, with those that touch or overlap as one."""
    first = last = -1
    for start, stop in spans:
        if start > last >= 0:
            yield first, last
        if start > last:
            first = start
        last = max(last, stop)
    if last >= 0:
        yield first, last


def _reason(error: Exception) -> str:
    """RE2's own words, which its binding gives as bytes."""
    (reason,) = error.args or ("",)
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
