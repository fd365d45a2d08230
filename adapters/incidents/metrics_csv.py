"""`metrics.csv` in its two forms: a header row of `service_metric`, or rows of service, metric, statistic."""

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
# What is counted or told per something else: "success_rate", "5xx_count", "failed_requests".
_COUNTS = frozenset({"rate", "ratio", "count", "total", "hits", "calls", "ops", "percent", "requests"})
# What a service uses is told under its own name: "cart_queue_cpu" is about a service "cart_queue".
_USED = frozenset({"cpu", "mem", "memory", "diskio", "workload"})
_HEADERS = 3
_MOST_COLUMNS = 50_000


@dataclass(frozen=True)
class Column:
    """One series: `statistic` is "" where the header has none; `values` belong to the recording's times."""

    service: str
    metric: str
    statistic: str
    values: Floats

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same series in another file."""
        return self.service, self.metric, self.statistic


@dataclass(frozen=True)
class MetricsRecording:
    """`times` in epoch seconds, in the file's order, and columns with NaN for gaps, all of shape (n,)."""

    times: Floats
    columns: tuple[Column, ...]


def read_metrics(path: Path, services: Iterable[str] = ()) -> MetricsRecording:
    """The recording; `services` are names known from elsewhere. Raises InvalidError for other files."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, csv.Error) as error:
        raise InvalidError(f"{path.name} cannot be read: {error}") from error
    if not rows:
        raise InvalidError(f"{path.name} is empty.")
    names, body = _header(rows, services)
    if not names:
        raise InvalidError(f"{path.name} has no column but the first.")
    if len(names) > _MOST_COLUMNS:
        raise InvalidError(f"{path.name} has {len(names)} columns; {_MOST_COLUMNS} are read at most.")
    times = np.array([epoch_seconds(row[0]) for row in body], dtype=np.float64)
    if body and not np.isfinite(times).any():
        raise InvalidError(f"The first column of {path.name} holds no times.")
    width = len(names) + 1
    values = np.full((len(body), len(names)), np.nan)
    for place, row in enumerate(body):
        cells = row[1:width]
        values[place, : len(cells)] = _numbers(cells)
    columns = tuple(Column(*name, values[:, place]) for place, name in enumerate(names) if name[1])
    return MetricsRecording(times, columns)


def split_name(column: str, services: Sequence[str] = ()) -> tuple[str, str]:
    """(service, metric) of `service_metric`: before the last underscore that a known metric word follows.

    A name known from elsewhere wins, the longest first; without a metric word the last underscore divides.
    """
    for name in services:
        if column.startswith(name + "_"):
            return name, column[len(name) + 1 :]
    places = [place for place, letter in enumerate(column) if letter == "_" and 0 < place < len(column) - 1]
    separators = [place for place in places if _is_metric(column[place + 1 :])]
    # In "web_request_duration_seconds" the duration belongs to the request.
    joined = [place for place in separators if _PHRASE.fullmatch(column[place + 1 :])]
    place = max(separators, default=max(places, default=0))
    if joined and "_" not in column[joined[-1] + 1 : place] and _first(column[place + 1 :]) not in _USED:
        place = joined[-1]
    return (column[:place], column[place + 1 :]) if place else ("", "")


def _is_metric(text: str) -> bool:
    """Whether a text begins with a word that names a metric."""
    first = _first(text)
    if text.lower().startswith("response_time"):
        return True
    return first not in _QUALIFIERS and role_of(first) is not SeriesRole.OTHER


def _header(
    rows: list[list[str]], services: Iterable[str]
) -> tuple[list[tuple[str, str, str]], list[list[str]]]:
    first = [rows[place][0].strip().lower() if len(rows) > place else "" for place in range(_HEADERS)]
    if first[1] == "metric" and first[2] == "statistic":
        three = [row[1:] for row in rows[:_HEADERS]]
        names = list(zip(*(cells + [""] * (len(three[0]) - len(cells)) for cells in three), strict=False))
        body = rows[_HEADERS:]
        # A fourth row names only the index.
        if body and not np.isfinite(epoch_seconds(body[0][0])):
            body = body[1:]
        return [(a.strip(), b.strip(), c.strip()) for a, b, c in names], body
    known_services = sorted(set(services), key=len, reverse=True)
    names = [split_name(cell.strip(), known_services) for cell in rows[0][1:]]
    found_services = {service for service, _ in names}
    names = [_joined(service, metric, found_services) for service, metric in names]
    return [(*name, "") for name in _gathered(names)], rows[1:]


def _joined(service: str, metric: str, found_services: set[str]) -> tuple[str, str]:
    """What only qualifies a metric is no part of a service's name, where that service has other columns."""
    while (parts := service.rpartition("_"))[2].lower() in _QUALIFIERS and parts[0] in found_services:
        service, metric = parts[0], f"{parts[2]}_{metric}"
    return service, metric


def _gathered(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is no service of its own belongs to the one whose name it continues: "redis" of "redis_connected".

    It is none where nothing of it but a count or an unknown metric was measured.
    """
    solid = {service for service, metric in names if _first(metric) not in _COUNTS and _is_metric(metric)}
    return [name if name[0] in solid else _shorter(*name, solid) for name in names]


def _shorter(service: str, metric: str, solid: set[str]) -> tuple[str, str]:
    """Under the longest known name that the service's continues, if what is between says what was counted."""
    places = [place for place, letter in enumerate(service) if letter == "_" and service[:place] in solid]
    if not places:
        return service, metric
    name, between = service[: places[-1]], service[places[-1] + 1 :]
    counted = _first(metric) in _COUNTS
    return (service, metric) if counted and not _is_metric(between) else (name, f"{between}_{metric}")


def _first(text: str) -> str:
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
