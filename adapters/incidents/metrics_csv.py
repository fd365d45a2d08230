"""`metrics.csv` in two forms: one header row of `service_metric`, or rows for service, metric, statistic."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adapters.incidents.times import epoch_seconds
from missions.errors import InvalidError
from rca.roles import SeriesRole, role_of
from rca.series import Floats

_PHRASE = re.compile(
    r"(?:https?_|grpc_|rpc_)?(?:request|response|server|client|cpu|memory|mem|disk|network|pool|queue|error|db)s?_.*"
)
_QUALIFIERS = frozenset(
    {
        "avg",
        "average",
        "client",
        "container",
        "envoy",
        "grpc",
        "http",
        "istio",
        "jvm",
        "max",
        "mean",
        "min",
        "node",
    }
    | {"p50", "p90", "p95", "p99", "pod", "process", "rpc", "server", "sum", "total"}
)
# Words for counts and ratios, as in "success_rate", "5xx_count", "failed_requests".
_COUNTS = frozenset({"rate", "ratio", "count", "total", "hits", "calls", "ops", "percent", "requests"})
# Resources belong to the service directly: "cart_queue_cpu" is about a service "cart_queue".
_RESOURCES = frozenset({"cpu", "mem", "memory", "diskio", "workload"})
_HEADER_ROWS = 3
_MAX_COLUMNS = 50_000


@dataclass(frozen=True)
class Column:
    """One series: `statistic` is "" where the header has none; `values` belong to the recording's times."""

    service: str
    metric: str
    statistic: str
    values: Floats

    @property
    def key(self) -> tuple[str, str, str]:
        """Identifies the series in another file."""
        return self.service, self.metric, self.statistic


@dataclass(frozen=True)
class MetricsRecording:
    """`times` in epoch seconds, in the file's order, and columns with NaN for gaps, all of shape (n,)."""

    times: Floats
    columns: tuple[Column, ...]


def read_metrics(path: Path, services: Iterable[str] = ()) -> MetricsRecording:
    """The recording; `services` are already known names. Raises InvalidError for any other file."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, csv.Error) as error:
        raise InvalidError(f"{path.name} cannot be read: {error}") from error
    if not rows:
        raise InvalidError(f"{path.name} is empty.")
    names, body = _header(rows, services)
    if not names:
        raise InvalidError(f"{path.name} has only one column.")
    if len(names) > _MAX_COLUMNS:
        raise InvalidError(f"{path.name} has {len(names)} columns; at most {_MAX_COLUMNS} are read.")
    times = np.array([epoch_seconds(row[0]) for row in body], dtype=np.float64)
    if body and not np.isfinite(times).any():
        raise InvalidError(f"The first column of {path.name} holds no times.")
    width = len(names) + 1
    values = np.full((len(body), len(names)), np.nan)
    for index, row in enumerate(body):
        cells = row[1:width]
        values[index, : len(cells)] = _numbers(cells)
    columns = tuple(Column(*name, values[:, index]) for index, name in enumerate(names) if name[1])
    return MetricsRecording(times, columns)


def split_name(column: str, services: Sequence[str] = ()) -> tuple[str, str]:
    """(service, metric) of `service_metric`, split at the last underscore before a known metric word.

    A known service's name takes precedence, the longest first. Without a metric word, the last underscore
    splits.
    """
    for name in services:
        if column.startswith(name + "_"):
            return name, column[len(name) + 1 :]
    underscores = [i for i, letter in enumerate(column) if letter == "_" and 0 < i < len(column) - 1]
    candidates = [i for i in underscores if _is_metric(column[i + 1 :])]
    # In "web_request_duration_seconds" the duration belongs to the request.
    phrases = [i for i in candidates if _PHRASE.fullmatch(column[i + 1 :])]
    split = max(candidates, default=max(underscores, default=0))
    in_phrase = bool(phrases) and "_" not in column[phrases[-1] + 1 : split]
    if in_phrase and _first_word(column[split + 1 :]) not in _RESOURCES:
        split = phrases[-1]
    return (column[:split], column[split + 1 :]) if split else ("", "")


def _is_metric(text: str) -> bool:
    """Whether the text begins with a word that names a metric."""
    first = _first_word(text)
    if text.lower().startswith("response_time"):
        return True
    return first not in _QUALIFIERS and role_of(first) is not SeriesRole.OTHER


def _header(
    rows: list[list[str]], services: Iterable[str]
) -> tuple[list[tuple[str, str, str]], list[list[str]]]:
    first = [rows[index][0].strip().lower() if len(rows) > index else "" for index in range(_HEADER_ROWS)]
    if first[1] == "metric" and first[2] == "statistic":
        headers = [row[1:] for row in rows[:_HEADER_ROWS]]
        names = list(zip(*(cells + [""] * (len(headers[0]) - len(cells)) for cells in headers), strict=False))
        body = rows[_HEADER_ROWS:]
        # A fourth header row names the index only.
        if body and not np.isfinite(epoch_seconds(body[0][0])):
            body = body[1:]
        return [(a.strip(), b.strip(), c.strip()) for a, b, c in names], body
    longest_first = sorted(set(services), key=len, reverse=True)
    names = [split_name(cell.strip(), longest_first) for cell in rows[0][1:]]
    all_services = {service for service, _ in names}
    names = [_move_qualifiers(service, metric, all_services) for service, metric in names]
    return [(*name, "") for name in _merge_services(names)], rows[1:]


def _move_qualifiers(service: str, metric: str, services: set[str]) -> tuple[str, str]:
    """Moves qualifiers ("avg", "jvm") from the service's end to the metric, if the rest is a service, too."""
    while (parts := service.rpartition("_"))[2].lower() in _QUALIFIERS and parts[0] in services:
        service, metric = parts[0], f"{parts[2]}_{metric}"
    return service, metric


def _merge_services(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Merges "redis_connected" into the service "redis", if it has counts and unknown metrics only."""
    services = {
        service for service, metric in names if _first_word(metric) not in _COUNTS and _is_metric(metric)
    }
    return [name if name[0] in services else _under_prefix(*name, services) for name in names]


def _under_prefix(service: str, metric: str, services: set[str]) -> tuple[str, str]:
    """The column under the longest service that is a prefix of its name; unchanged where there is none.

    A count moves only if the text between the two names the counted metric.
    """
    splits = [i for i, letter in enumerate(service) if letter == "_" and service[:i] in services]
    if not splits:
        return service, metric
    name, between = service[: splits[-1]], service[splits[-1] + 1 :]
    is_count = _first_word(metric) in _COUNTS
    return (service, metric) if is_count and not _is_metric(between) else (name, f"{between}_{metric}")


def _first_word(text: str) -> str:
    return text.split("_", 1)[0].lower()


def _numbers(cells: list[str]) -> Floats:
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
