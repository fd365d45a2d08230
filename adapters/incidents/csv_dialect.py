"""Delimiter and decimal separator of a table, by its content."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

_DELIMITERS = (",", ";", "\t", "|")
_LINES = 30
_SEPARATOR_LINE = re.compile(r"(?i)sep=(.)")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.\u00a0\u202f ]\d{3})+),\d+(?:\s*[^\d.,\s].*)?")
_POINT = re.compile(r"[+-]?\d+\.\d+(?:\s*[^\d.,\s].*)?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\s*[^\d.,\s].*)?")


@dataclass(frozen=True)
class CsvDialect:
    """How a table is written; `skipped_lines` come before its header."""

    delimiter: str
    decimal_comma: bool
    skipped_lines: int = 0


def dialect_of(head: str) -> CsvDialect | None:
    """The dialect of a table that begins with this text; None if it has no two columns."""
    lines = head.splitlines()[: _LINES + 10]
    skipped = 0
    forced = None
    for line in lines:
        if match := _SEPARATOR_LINE.fullmatch(line.strip()):
            forced = match[1]
        elif line.strip() and not line.startswith("#"):
            break
        skipped += 1
    lines = [line for line in lines[skipped:] if line.strip()][:_LINES]
    delimiter = forced or max(_DELIMITERS, key=lambda each: _fit(lines, each))
    rows = _rows(lines, delimiter)
    if not rows or len(rows[0]) < 2:  # noqa: PLR2004  a table has a time and a value
        return None
    return CsvDialect(delimiter, _has_decimal_comma(rows[1:], delimiter), skipped)


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How well a delimiter splits: share of lines with the usual number of columns, and that number."""
    widths = Counter(len(row) for row in _rows(lines, delimiter))
    if not widths:
        return (0.0, 0)
    width, lines_with = widths.most_common(1)[0]
    return (lines_with / len(lines) if width > 1 else 0.0, width)


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _has_decimal_comma(rows: list[list[str]], delimiter: str) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    commas = [cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)]
    if any(_POINT.fullmatch(cell) for cell in cells) and not any("." in cell for cell in commas):
        return False
    if delimiter == "," and all(_GROUPED.fullmatch(cell) for cell in commas):
        return False
    return bool(commas)
