"""The calls between services: an adjacency matrix, or a list of callers and callees."""

import csv
import math
from pathlib import Path

from adapters.incidents.csv_dialect import dialect_of
from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_SERVICES
from adapters.incidents.table import normal, read_rows
from missions.errors import InvalidError
from missions.evidence import Dependency

_CALLER = ("caller", "source", "from", "client", "src", "parent", "upstream_service", "source_service")
_CALLEE = ("callee", "target", "to", "server", "dst", "child", "destination", "destination_service")
_NO_CALL = frozenset({"", "0", "false", "no", "nan", "none", "-"})


def read_graph(path: Path, tally: FileTally | None = None) -> tuple[tuple[str, ...], tuple[Dependency, ...]]:
    """The services and calls: a row calls the columns that are not zero, or each line is one call."""
    file = InputFile(path)
    tally = tally or FileTally(path.name)
    head = file.head()
    dialect = dialect_of(head)
    if dialect is None:
        if head.strip():
            tally.skip(1, head.splitlines()[0], "no table")
            raise InvalidError(tally.refusal("an adjacency matrix or lines of caller,callee"))
        return (), ()
    rows = [row for _, row in read_rows(file, dialect)]
    names, calls = _list(rows) or _matrix(rows, path.name)
    tally.form = "call graph"
    tally.calls = len(calls)
    return names, calls


def is_graph(head: str) -> bool:
    """Whether the text begins as a square matrix of names, or names callers and callees."""
    dialect = dialect_of(head)
    if dialect is None:
        return False
    try:
        rows = [row for row in csv.reader(head.splitlines()[:200], delimiter=dialect.delimiter) if row]
    except csv.Error:
        return False
    if len(rows) < 2:  # noqa: PLR2004  a header and a service
        return False
    if _columns(rows[0]) is not None:
        return True
    names = {cell.strip() for cell in rows[0][1:]}
    complete = rows[1:-1] or rows[1:]  # the last line may be cut
    return all(row[0].strip() in names for row in complete)


def _columns(header: list[str]) -> tuple[int, int] | None:
    cells = [normal(cell) for cell in header]
    if not cells[0]:  # a matrix, whose services may be called client and server
        return None
    caller = next((cells.index(name) for name in _CALLER if name in cells), None)
    callee = next((cells.index(name) for name in _CALLEE if name in cells), None)
    return None if caller is None or callee is None else (caller, callee)


def _list(rows: list[list[str]]) -> tuple[tuple[str, ...], tuple[Dependency, ...]] | None:
    columns = _columns(rows[0])
    if columns is None:
        return None
    pairs = dict.fromkeys(
        (row[columns[0]].strip(), row[columns[1]].strip()) for row in rows[1:] if len(row) > max(columns)
    )
    names = tuple(dict.fromkeys(name for pair in pairs for name in pair if name))
    return names, tuple(Dependency(caller=a, callee=b) for a, b in pairs if a and b and a != b)


def _matrix(rows: list[list[str]], name: str) -> tuple[tuple[str, ...], tuple[Dependency, ...]]:
    columns = rows[0][1:]
    if len(columns) > MAX_SERVICES:
        raise InvalidError(f"{name} has {len(columns)} services; at most {MAX_SERVICES} are read.")
    names = dict.fromkeys((*columns, *(row[0] for row in rows[1:])))
    calls = tuple(
        Dependency(caller=row[0], callee=column)
        for row in rows[1:]
        for column, cell in zip(columns, row[1:], strict=False)
        if row[0] != column and _calls(cell)
    )
    return tuple(names), calls


def _calls(cell: str) -> bool:
    text = cell.strip().lower()
    if text in {"true", "yes", "x"}:
        return True
    try:
        return text not in _NO_CALL and float(text) != 0 and math.isfinite(float(text))
    except ValueError:
        return False
