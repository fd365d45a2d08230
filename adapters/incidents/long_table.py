"""Tables with one sample a line: columns of text are labels of the series, columns of numbers its values."""

import numpy as np

from adapters.incidents.column_header import parse_header
from adapters.incidents.column_values import column_values
from adapters.incidents.file_report import FileTally
from adapters.incidents.limits import MAX_SERIES
from adapters.incidents.metric_words import is_metric_word
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.selector_text import parse_selector, tags_of
from adapters.incidents.table import TextTable, normal
from missions.errors import InvalidError
from rca.series import Floats
from semantics.catalog import canonical, lookup
from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription

_VALUES = frozenset(
    {
        "value",
        "values",
        "val",
        "v",
        "_value",
        "metric_value",
        "sample",
        "measurement_value",
        "wert",
        "y",
        "reading",
    }
)
_METRICS = frozenset(
    {
        "metric",
        "metric_name",
        "metricname",
        "__name__",
        "measurement",
        "_measurement",
        "field",
        "_field",
        "kpi",
    }
    | {
        "kpi_name",
        "indicator",
        "metrics",
        "series",
        "series_name",
        "signal",
        "counter",
        "messgroesse",
        "messgröße",
    }
)
_METRICS_IF_NEEDED = ("name", "key", "variable", "type", "label", "legend", "query")
_UNITS = frozenset({"unit", "units", "uom", "einheit"})
_STATISTICS = frozenset({"statistic", "stat", "aggregation", "agg", "quantile_name"})
_SERVICES = frozenset(
    {
        "microservice",
        "component",
        "cmdb_id",
        "entity",
        "servicename",
        "service_name",
        "svc",
        "source",
        "dienst",
    }
    | {"target_service", "app_name", "workload_name"}
)
_TAGS = frozenset({"group", "scope", "tags", "labels", "dimensions", "attributes"})
_CODES = frozenset(
    {
        "code",
        "status",
        "status_code",
        "quantile",
        "le",
        "port",
        "shard",
        "partition",
        "replica",
        "version",
        "http_code",
    }
)
_NO_SERVICES = frozenset(
    {
        "region",
        "zone",
        "env",
        "environment",
        "method",
        "path",
        "route",
        "handler",
        "endpoint",
        "le",
        "type",
        "state",
    }
)
_NOT_LABELS = frozenset({"table", "result", "_start", "_stop", "start", "stop"})
_FEW = 0.5


def label_columns(table: TextTable, times: list[str], time: set[int | None], numbers: list[int]) -> list[int]:
    """The columns that say which series a row belongs to; none if each column is a series.

    `times` are the cells of the columns `time`.
    """
    names = [normal(cell) for cell in table.header]
    texts = [at for at in range(len(names)) if at not in time and at not in numbers and table.sampled(at)]
    has_value = any(names[at] in _VALUES for at in numbers)
    if not texts and not has_value:
        return []
    codes = [at for at in numbers if has_value and names[at] in _CODES | _METRICS | _SERVICES]
    labels = sorted({*texts, *codes})
    repeated = len(set(times)) < len(times)
    named = any(names[at] in _METRICS | _SERVICES | {"service", "host", "pod"} for at in labels)
    return labels if labels and (repeated or (has_value and named)) else []


def long_series(
    table: TextTable, times: Floats, labels: list[int], numbers: list[int], tally: FileTally, title: str
) -> list[RecordedSeries]:
    """Every series of a table in any order of rows: rows with the same labels belong together."""
    names = [normal(cell) for cell in table.header]
    values = [at for at in numbers if at not in labels and names[at] not in _NOT_LABELS]
    if any(names[at] in _VALUES for at in values):
        values = [at for at in values if names[at] in _VALUES]
    metric = _metric_column(table, names, labels)
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, (_, row) in enumerate(table.rows):
        groups.setdefault(tuple(row[at].strip() if at < len(row) else "" for at in labels), []).append(index)
        if len(groups) > MAX_SERIES:
            raise InvalidError(f"{tally.file} has more than {MAX_SERIES} series.")
    service = _service_column(names, labels, metric, tally, table)
    columns = {at: table.column(at) for at in values}
    result = []
    for key, places in groups.items():
        cells = dict(zip(labels, key, strict=True))
        for at in values:
            is_value = names[at] in _VALUES
            name = cells[metric] if metric is not None else title if is_value else table.header[at]
            statistic = "" if is_value or metric is None else table.header[at]
            result.append(
                _series(
                    table, times, cells, columns[at], places, name, statistic, (names, metric, service), tally
                )
            )
    return result


def _series(
    table: TextTable,
    times: Floats,
    cells: dict[int, str],
    column: list[str],
    places: list[int],
    name: str,
    statistic: str,
    roles: tuple[list[str], int | None, int | None],
    tally: FileTally,
) -> RecordedSeries:
    names, metric, service = roles
    labels: dict[str, str] = {}
    unit = ""
    for at, cell in cells.items():
        if at == metric or not cell or names[at] in _NOT_LABELS:
            continue
        if names[at] in _UNITS:
            unit = cell
        elif names[at] in _STATISTICS:
            statistic = cell
        elif names[at] in _TAGS:
            selector = parse_selector(cell)
            labels |= (selector.labels if selector else tags_of(cell)) or {names[at]: cell}
        else:
            labels["service" if at == service else table.header[at].strip()] = cell
    header = parse_header(name)
    lines = [table.rows[place][0] for place in places]
    values, cell_unit = column_values(
        [column[place] for place in places], lines, header.metric, tally, decimal_comma=table.decimal_comma
    )
    return RecordedSeries(
        service="",
        metric=header.metric or name,
        times=times[np.array(places)],
        values=values,
        statistic=statistic,
        unit=unit or header.unit or cell_unit,
        labels=labels | header.labels,
        expression=header.expression,
    )


def _metric_column(table: TextTable, names: list[str], labels: list[int]) -> int | None:
    """The column of metrics' names: by its header, else by its cells."""
    if (column := next((at for at in labels if names[at] in _METRICS), None)) is not None:
        return column
    for wanted in _METRICS_IF_NEEDED:
        for at in labels:
            if names[at] == wanted and _are_metrics(table.sampled(at)):
                return at
    return next(
        (
            at
            for at in labels
            if names[at] not in _SERVICES | _TAGS | _UNITS and _are_metrics(table.sampled(at))
        ),
        None,
    )


def _are_metrics(cells: list[str]) -> bool:
    distinct = list(dict.fromkeys(cells))
    named = sum(
        lookup(cell) is not None or is_metric_word(canonical(cell).rpartition("_")[2]) for cell in distinct
    )
    return bool(distinct) and named / len(distinct) > _FEW


def _service_column(
    names: list[str], labels: list[int], metric: int | None, tally: FileTally, table: TextTable
) -> int | None:
    """A column that names services although its header is none of the usual labels."""
    others = [
        at for at in labels if at != metric and names[at] not in _UNITS | _STATISTICS | _TAGS | _NOT_LABELS
    ]
    column = next((at for at in others if names[at] in _SERVICES), None)
    if column is not None or len(others) != 1 or names[others[0]] in _CODES | _NO_SERVICES:
        return column
    label = table.header[others[0]].strip()
    if meaning_of(SeriesDescription(labels={label: "x"})).owners:
        return None
    tally.note(f"Column {label!r} is taken as the name of the service.")
    return others[0]
