"""What was read of a file, and what was not."""

import math
from datetime import UTC, datetime

from pydantic import Field

from missions.frozen_model import FrozenModel

_QUOTED = 120
_MAX_NOTES = 20


class SkippedText(FrozenModel):
    """The first text of a file that was not understood; `line` counts from 1, 0 where there are no lines."""

    line: int
    text: str
    reason: str


class FileReport(FrozenModel):
    """What was read of a file: `form` is "" where no reader takes it.

    `samples` belong to `series`; `lines` are log lines. `start` and `end` are the first and last time.
    `skipped` counts cells, lines or objects that were not understood, the first of which is `first_skipped`.
    `notes` are sentences about assumptions.
    """

    file: str
    form: str = ""
    series: int = 0
    samples: int = 0
    lines: int = 0
    spans: int = 0
    changes: int = 0
    calls: int = 0
    start: datetime | None = None
    end: datetime | None = None
    skipped: int = 0
    first_skipped: SkippedText | None = None
    notes: tuple[str, ...] = Field(default=(), max_length=_MAX_NOTES)


class FileTally:
    """Counts while a file is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.form = ""
        self.series = self.samples = self.lines = self.spans = self.changes = self.calls = 0
        self.skipped = 0
        self.first_skipped: SkippedText | None = None
        self.start, self.end = math.inf, -math.inf
        self._notes: dict[str, None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read."""
        return not (self.series or self.lines or self.spans or self.changes or self.calls)

    def cover(self, at: float) -> None:
        """Extends the window to a time, epoch seconds."""
        self.start, self.end = min(self.start, at), max(self.end, at)

    def skip(self, line: int, text: object, reason: str) -> None:
        """Counts something that was not understood."""
        self.skipped += 1
        if self.first_skipped is None:
            self.first_skipped = SkippedText(line=line, text=quoted(text), reason=reason)

    def note(self, sentence: str) -> None:
        """Adds a sentence about an assumption, once."""
        if len(self._notes) < _MAX_NOTES:
            self._notes[sentence] = None

    def refusal(self, expected: str) -> str:
        """One line: what was expected, and the first text that was not understood."""
        first = self.first_skipped
        if first is None:
            return f"{self.file}: expected {expected}, but there is nothing."
        place = f"line {first.line}: " if first.line else ""
        return f"{self.file}: expected {expected}; {place}{first.text!r} was not understood ({first.reason})."

    def report(self) -> FileReport:
        """The counts as they are now."""
        return FileReport(
            file=self.file,
            form=self.form,
            series=self.series,
            samples=self.samples,
            lines=self.lines,
            spans=self.spans,
            changes=self.changes,
            calls=self.calls,
            start=_utc(self.start),
            end=_utc(self.end),
            skipped=self.skipped,
            first_skipped=self.first_skipped,
            notes=tuple(self._notes),
        )


def _utc(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None


def quoted(text: object) -> str:
    """The beginning of a text in one line of printable characters."""
    start = "".join(
        letter if letter.isprintable() else " " for letter in str(text)[: _QUOTED + 1].replace("\n", " ")
    )
    return start if len(start) <= _QUOTED else start[: _QUOTED - 1] + "…"
