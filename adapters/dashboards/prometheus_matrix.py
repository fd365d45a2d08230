import re

from pydantic import BaseModel, FiniteFloat

from adapters.dashboards.extract import Extract, Sample
from adapters.dashboards.units import unit_of
from missions.evidence import Origin, Series

_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?\s*")


class _Row(BaseModel):
    metric: dict[str, str]
    values: list[tuple[FiniteFloat, Sample]] = []


class _Matrix(BaseModel):
    resultType: str  # noqa: N815  Prometheus' spelling
    result: list[_Row]


class _Answer(BaseModel):
    status: str
    data: _Matrix | None = None
    errorType: str = ""  # noqa: N815  Prometheus' spelling
    error: str = ""


def read_matrix(body: bytes, panel: str, query: str, service_label: str) -> Extract:
    """Reads `/api/v1/query_range`. Raises ValueError for an error answer and for any other shape."""
    answer = _Answer.model_validate_json(body)
    if answer.status != "success" or answer.data is None:
        raise ValueError(f"{answer.errorType}: {answer.error}")
    if answer.data.resultType != "matrix":
        raise ValueError(f"a {answer.data.resultType}, not a matrix")
    return Extract(series=tuple(_series(row, panel, query, service_label) for row in answer.data.result))


def _series(row: _Row, panel: str, query: str, service_label: str) -> Series:
    service = row.metric.get(service_label, "")
    metric = row.metric.get("__name__") or metric_of(query)
    return Series(
        id=f"{panel}#{service}",
        panel=panel,
        service=service,
        metric=metric,
        unit=unit_of(metric),
        query=query,
        origin=Origin.PAGE_RESPONSE,
        labels={name: value for name, value in row.metric.items() if name != "__name__"},
        points=tuple(row.values),
    )


def metric_of(query: str) -> str:
    """A plain selector's metric; any other expression stands for itself, as rate() changes the unit."""
    plain = _SELECTOR.fullmatch(query)
    return plain.group(1) if plain else query
