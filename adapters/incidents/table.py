"""A table of cells with what its columns hold."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from adapters.incidents.cells import GAPS, number_of
from adapters.incidents.csv_dialect import CsvDialect
from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROW
from adapters.incidents.times import parsed_time
from missions.errors import InvalidError

_TIME_NAMES = frozenset(
    {
        "time",
        "timestamp",
        "ts",
        "datetime",
        "date",
        "date_time",
        "unix_timestamp",
        "unixtime",
        "epoch",
        "t",
        "_time",
    }
    | {
        "@timestamp",
        "timestamps",
        "event_time",
        "eventtime",
        "zeit",
        "zeitstempel",
        "clock",
        "created_at",
        "minute",
    }
    | {
        "time_utc",
        "utc",
        "timestamp_ms",
        "time_ms",
        "epoch_ms",
        "observed_at",
        "at",
        "when",
        "unix",
        "local_time",
    }
)
_EARLIEST, _LATEST = 6e8, 4e9
"""Epoch seconds that are taken for a time without a name that says so (1989 to 2096)."""
_SAMPLED = 50
_TIMES = 50
"""Cells that are looked at."""
_FIRST = 20
"""Columns before which a column of times is searched once there is one."""
_MOST, _HALF = 0.9, 0.5
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?")


@dataclass(frozen=True)
class TextTable:
    """`header` and `rows`, each row with its line number in the file."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool

    def column(self, index: int) -> list[str]:
        """The cells of a column, "" where a row is shorter."""
        return [row[index] if index < len(row) else "" for _, row in self.rows]

    def sampled(self, index: int) -> list[str]:
        """At most 50 cells of a column that are no gaps."""
        step = max(1, len(self.rows) // _SAMPLED)
        cells = (row[index].strip() for _, row in self.rows[::step] if index < len(row))
        return [cell for cell in cells if cell.lower() not in GAPS][:_SAMPLED]


def read_rows(file: InputFile, dialect: CsvDialect) -> list[tuple[int, list[str]]]:
    """Every row that is not empty, with its line. Raises InvalidError for a table that is too large."""
    rows: list[tuple[int, list[str]]] = []
    comment: tuple[int, list[str]] | None = None
    cells = 0
    csv.field_size_limit(MAX_ROW)
    with file.text() as text:
        reader = csv.reader(_bounded(text, file.name, dialect.skipped_lines), delimiter=dialect.delimiter)
        try:
            for row in reader:
                if not any(row):
                    continue
                line = reader.line_num + dialect.skipped_lines
                if row[0].startswith("#"):
                    comment = line, [row[0].lstrip("# "), *row[1:]]
                    continue
                if not rows and comment and np.isfinite(_time(row[0])):
                    rows.append(comment)  # the header itself begins with a number sign
                cells += len(row)
                if cells > MAX_CELLS or len(row) > MAX_COLUMNS + 1:
                    raise InvalidError(
                        f"{file.name} has more than {MAX_CELLS} cells or {MAX_COLUMNS} columns."
                    )
                rows.append((line, row))
        except csv.Error as error:
            raise InvalidError(f"{file.name} cannot be read: line {reader.line_num}: {error}.") from error
    return rows


def _bounded(text: Iterator[str], name: str, skipped: int) -> Iterator[str]:
    read = getattr(text, "readline")  # noqa: B009  the protocol of text files has it
    for _ in range(skipped):
        read(MAX_ROW)
    while line := read(MAX_ROW):
        if len(line) >= MAX_ROW:
            raise InvalidError(f"{name} has a line of more than {MAX_ROW} characters.")
        yield line


def time_column(table: TextTable) -> int | None:
    """The column of times: by its name and cells, else by its cells; None without one.

    A column of numbers without such a name has to rise or fall throughout, as memory in bytes does not.
    """
    best: tuple[tuple[bool, bool, int], int] | None = None
    for index, name in enumerate(table.header):
        cells = table.sampled(index)[:_TIMES]
        if not cells or (best is not None and index > _FIRST):
            continue
        times = np.array([_time(cell) for cell in cells])
        is_named = normal(name) in _TIME_NAMES
        is_plausible = np.mean((times >= _EARLIEST) & (times <= _LATEST)) > _MOST
        is_date = not cells[0].replace(".", "", 1).isdigit()
        if not (is_named and np.mean(times >= 0) > _HALF) and not (
            is_plausible and (is_date or abs(np.sign(np.diff(times)).sum()) > _MOST * (times.size - 1))
        ):
            continue
        rank = (is_named, bool(is_plausible), -index)
        if best is None or rank > best[0]:
            best = rank, index
    return None if best is None else best[1]


def _time(cell: str) -> float:
    """Epoch seconds, by the day before the month where no month is that large."""
    at, _ = parsed_time(cell)
    return at if np.isfinite(at) else parsed_time(cell, day_first=True)[0]


def time_cells(table: TextTable, time: int) -> tuple[list[str], int | None]:
    """The cells of the column of times, with those of a column of clock times where it holds dates only."""
    cells = table.column(time)
    if any(":" in cell or cell.isdigit() for cell in table.sampled(time)[:_TIMES]):
        return cells, None
    for index in range(len(table.header)):
        clocks = table.sampled(index)[:_TIMES]
        if clocks and all(_CLOCK.fullmatch(clock) for clock in clocks):
            return [f"{date} {clock}" for date, clock in zip(cells, table.column(index), strict=True)], index
    return cells, None


def is_number_column(table: TextTable, index: int) -> bool:
    """Whether most cells that are no gaps are numbers; a column of gaps only is one."""
    cells = table.sampled(index)
    numbers = sum(number_of(cell, decimal_comma=table.decimal_comma) is not None for cell in cells)
    return 2 * numbers >= len(cells)


def normal(name: str) -> str:
    """A header cell in lower case with underscores."""
    return re.sub(r"[^a-z0-9@_]+", "_", name.strip().lower().lstrip("\ufeff")).strip("_") or name.strip()


def uneven_rows(table: TextTable, tally: FileTally) -> None:
    """Counts rows with more cells than the header has."""
    width = len(table.header)
    for line, row in table.rows:
        if len(row) > width:
            tally.skip(line, row[width], f"the row has {len(row)} cells, the header {width}")
