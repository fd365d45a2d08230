"""Samples as JSON objects with a time, a metric, a value and labels."""

from collections.abc import Iterable
from typing import Any

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import mapping, text
from adapters.incidents.limits import MAX_CELLS
from adapters.incidents.long_table import label_columns, long_series
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.recorded_times import parsed_times
from adapters.incidents.table import TextTable, is_number_column, time_column
from missions.errors import InvalidError

_NESTED = ("labels", "tags", "attributes", "dimensions", "metric")


def sample_series(records: Iterable[tuple[int, dict[str, Any]]], tally: FileTally) -> list[RecordedSeries]:
    """Every series: the objects become a table whose columns are their members."""
    header: dict[str, int] = {}
    rows: list[tuple[int, list[str]]] = []
    cells = 0
    for line, record in records:
        fields = {
            name: value for name, value in record.items() if not (name in _NESTED and isinstance(value, dict))
        }
        for name in _NESTED:
            fields |= {
                label: value for label, value in mapping(record.get(name)).items() if label not in fields
            }
        row = [""] * len(header)
        for name, value in fields.items():
            if name not in header:
                header[name] = len(header)
                row.append("")
            row[header[name]] = text(value)
        cells += len(row)
        if cells > MAX_CELLS:
            raise InvalidError(f"{tally.file} has more than {MAX_CELLS} values.")
        rows.append((line, row))
    table = TextTable(list(header), rows, decimal_comma=False)
    time = time_column(table)
    if time is None:
        raise InvalidError(f"{tally.file}: expected samples with a time; {list(header)[:8]} holds none.")
    tally.form = "samples, one JSON object each"
    numbers = [at for at in range(len(header)) if at != time and is_number_column(table, at)]
    times = parsed_times(table.column(time), tally, f"member {list(header)[time]!r}")
    labels = label_columns(table, table.column(time), {time}, numbers)
    return long_series(table, times, labels, numbers, tally, "")
