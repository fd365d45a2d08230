"""Metrics in tables: a column for each series, one sample a line, or several header rows."""

import itertools
import re
from collections import defaultdict

import numpy as np

from adapters.incidents.column_header import ColumnHeader, parse_header
from adapters.incidents.column_values import column_values
from adapters.incidents.csv_dialect import CsvDialect
from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_SERIES
from adapters.incidents.long_table import label_columns, long_series
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.recorded_times import parsed_times
from adapters.incidents.table import (
    TextTable,
    is_number_column,
    normal,
    read_rows,
    time_cells,
    time_column,
    uneven_rows,
)
from adapters.incidents.times import parsed_time
from missions.errors import InvalidError
from rca.series import Floats
from semantics.units import normalized_unit

_EXPECTED = "a table with a header row, a column of times and columns of numbers"
_LEVELS = {
    "microservice": "service", "service": "service", "component": "service", "application": "service",
    "metric": "metric", "metric_name": "metric", "name": "metric", "measurement": "metric",
    "statistic": "statistic", "stat": "statistic", "aggregation": "statistic", "unit": "unit",
}  # fmt: skip
_MAX_HEADERS = 4
_EXPORTED = re.compile(r"-data(?:-as-\w+)?-[\d\-_ T:.]+$|[-_ ]?\d{4}-\d{2}-\d{2}.*$")
_NO_TITLE = frozenset({"metrics", "metric", "data", "export", "series", "values", "samples", "table"})


def read_table(file: InputFile, dialect: CsvDialect, tally: FileTally) -> list[RecordedSeries]:
    """Every series of the table. Raises InvalidError in one line for any other file."""
    rows = read_rows(file, dialect)
    if not rows:
        raise InvalidError(f"{file.name} is empty.")
    levels = _header_rows(rows)
    if levels > 1:
        return _of_levels(rows, levels, dialect, tally)
    header = [cell.strip() for cell in rows[0][1]]
    body = [row for row in rows[1:] if row[1] != rows[0][1]]
    table = TextTable(header, body, dialect.decimal_comma)
    time = time_column(table)
    if len(header) < 2 or not body:  # noqa: PLR2004  a time and a value
        raise InvalidError(
            f"{file.name}: expected {_EXPECTED}, but it has {len(header)} columns and {len(body)} rows."
        )
    if time is None:
        line, row = body[0]
        text = "; ".join(row[:4])
        raise InvalidError(f"{file.name}: expected {_EXPECTED}; line {line}: {text!r} holds no time.")
    uneven_rows(table, tally)
    cells, clock = time_cells(table, time)
    numbers = [at for at in range(len(header)) if at not in {time, clock} and is_number_column(table, at)]
    labels = label_columns(table, cells, {time, clock}, numbers)
    times = parsed_times(cells, tally, f"column {header[time]!r}")
    _skip_times(table, times, time, tally)
    if labels:
        tally.form = "CSV, one sample a line"
        return long_series(table, times, labels, numbers, tally, title_of(file))
    return _wide(table, times, {time, clock}, numbers, tally, title_of(file))


def title_of(file: InputFile) -> str:
    """What the file's name says about its series, without the product's suffix; "" for a usual name."""
    title = _EXPORTED.sub("", file.stem).replace("_", " ").strip(" -")
    return "" if normal(title) in _NO_TITLE else title


def _wide(
    table: TextTable, times: Floats, time: set[int | None], numbers: list[int], tally: FileTally, title: str
) -> list[RecordedSeries]:
    tally.form = "CSV, a column for each series"
    lines = [line for line, _ in table.rows]
    holding_numbers = frozenset(numbers)
    result: list[RecordedSeries] = []
    for index, cell in enumerate(table.header):
        if index in time:
            continue
        if index not in holding_numbers:
            tally.skip(
                lines[0] if lines else 0,
                next(iter(table.sampled(index)), ""),
                f"column {cell!r} has no numbers",
            )
            continue
        if _is_index(table, index):
            tally.note(f"Column {cell!r} numbers the rows and is left out.")
            continue
        header = parse_header(cell)
        name = header.metric or title or ("value" if header.labels else cell)
        values, unit = column_values(
            table.column(index), lines, name, tally, decimal_comma=table.decimal_comma
        )
        if not np.isfinite(values).any():
            tally.note(f"Column {cell!r} has no samples.")
        result.append(_series(header, name, times, values, header.unit or unit, title))
        if len(result) > MAX_SERIES:
            raise InvalidError(f"{tally.file} has more than {MAX_SERIES} series.")
    return result


def _series(
    header: ColumnHeader, name: str, times: Floats, values: Floats, unit: str, title: str
) -> RecordedSeries:
    return RecordedSeries(
        service="",
        metric=name,
        times=times,
        values=values,
        unit=unit,
        labels=header.labels,
        expression=header.expression,
        title=title,
    )


def _is_index(table: TextTable, index: int) -> bool:
    """Whether the column only numbers the rows, and its header says nothing else."""
    name = table.header[index].strip().lower()
    if name and not re.fullmatch(r"index|idx|#|row|rows|no\.?|nr\.?|id|level_\d|unnamed: ?\d+", name):
        return False
    cells = table.column(index)
    try:
        numbers = [int(cell) for cell in cells]
    except ValueError:
        return not name
    return not name or all(later == earlier + 1 for earlier, later in itertools.pairwise(numbers))


def _skip_times(table: TextTable, times: Floats, time: int, tally: FileTally) -> None:
    bad = np.flatnonzero(~np.isfinite(times))
    for index in bad:
        line, row = table.rows[index]
        tally.skip(line, row[time] if time < len(row) else "", "no time")


def _filled(cells: list[str]) -> list[str]:
    """Spreadsheets write a name that several columns share once, above the first of them."""
    filled = cells[:2]
    for cell in cells[2:]:
        filled.append(cell or filled[-1])
    return filled


def _header_rows(rows: list[tuple[int, list[str]]]) -> int:
    """How many rows come before the data: several if the first column names levels of the header."""
    first = [normal(row[0]) for _, row in rows[: _MAX_HEADERS + 1]]
    if sum(cell in _LEVELS for cell in first[:3]) < 2:  # noqa: PLR2004  two levels make several rows
        return 1
    count = next((at for at, cell in enumerate(first) if cell not in _LEVELS), len(first))
    return count if count <= _MAX_HEADERS else 1


def _of_levels(
    rows: list[tuple[int, list[str]]], levels: int, dialect: CsvDialect, tally: FileTally
) -> list[RecordedSeries]:
    tally.form = f"CSV with {levels} header rows"
    width = len(rows[0][1])
    names: defaultdict[str, list[str]] = defaultdict(lambda: [""] * width)
    for _, row in rows[:levels]:
        cells = [cell.strip() for cell in row[:width]]
        names[_LEVELS[normal(row[0])]] = cells + [""] * (width - len(cells))
    names["service"] = _filled(names["service"])
    body = rows[levels:]
    if body and not np.isfinite(parsed_time(body[0][1][0])[0]) and not any(body[0][1][1:]):
        body = body[1:]  # a row that only names the index
    table = TextTable([""] * width, body, dialect.decimal_comma)
    times = parsed_times(table.column(0), tally, "the first column")
    _skip_times(table, times, 0, tally)
    if body and not np.isfinite(times).any():
        raise InvalidError(tally.refusal("times in the first column below the header rows"))
    lines = [line for line, _ in body]
    result = []
    for index in range(1, width):
        header = parse_header(names["metric"][index])
        if not header.metric:
            continue
        values, unit = column_values(
            table.column(index), lines, header.metric, tally, decimal_comma=dialect.decimal_comma
        )
        result.append(
            RecordedSeries(
                service=names["service"][index],
                metric=header.metric,
                times=times,
                values=values,
                statistic=names["statistic"][index],
                unit=normalized_unit(names["unit"][index]) or header.unit or unit,
                labels=header.labels,
            )
        )
    return result
