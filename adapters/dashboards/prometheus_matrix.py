import re
from collections.abc import Set as AbstractSet

from pydantic import BaseModel, FiniteFloat

from adapters.dashboards.extract import Extract, Sample
from adapters.dashboards.units import unit_of
from missions.evidence import Origin, Series
from missions.plan import PanelQuery

_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?\s*")


MATRIX = frozenset({"matrix"})
NUMBERS = frozenset({"matrix", "vector", "scalar"})
_Point = tuple[FiniteFloat, Sample]


class _Row(BaseModel):
    """A line of a matrix (`values`) or of a vector (`value`)."""

    metric: dict[str, str]
    values: list[_Point] = []
    value: _Point | None = None


class _Matrix(BaseModel):
    resultType: str  # noqa: N815  Prometheus' spelling
    result: list[_Row] | _Point  # a scalar is one point


class _Answer(BaseModel):
    status: str
    data: _Matrix | None = None
    errorType: str = ""  # noqa: N815  Prometheus' spelling
    error: str = ""


def read_matrix(body: bytes, panel: str, query: str, service_label: str) -> Extract:
    """Reads `/api/v1/query_range` of a page that nobody described. Raises ValueError for any other shape."""
    asked = PanelQuery.model_construct(panel=panel, query=query)
    return read_answer(body, asked, service_label, MATRIX)


def read_answer(
    body: bytes,
    asked: PanelQuery,
    service_label: str,
    kinds: AbstractSet[str] = NUMBERS,
    origin: Origin = Origin.PAGE_RESPONSE,
) -> Extract:
    """Reads results of these kinds. Raises ValueError for an error answer and for any other shape."""
    answer = _Answer.model_validate_json(body)
    if answer.status != "success" or answer.data is None:
        raise ValueError(f"{answer.errorType}: {answer.error}")
    kind, result = answer.data.resultType, answer.data.result
    if kind not in kinds or (kind == "scalar") != isinstance(result, tuple):
        raise ValueError(f"a {kind}, not {' or '.join(sorted(kinds))}")
    if isinstance(result, tuple):
        return Extract(series=(_series(_Row(metric={}, value=result), asked, service_label, origin),))
    return Extract(series=tuple(_series(row, asked, service_label, origin) for row in result))


def _series(row: _Row, asked: PanelQuery, service_label: str, origin: Origin) -> Series:
    service = row.metric.get(service_label) or asked.service
    metric = asked.metric or row.metric.get("__name__") or metric_of(asked.query)
    return Series(
        id=f"{asked.panel}#{service}",
        panel=asked.panel,
        service=service,
        metric=metric,
        unit=asked.unit or unit_of(metric),
        query=asked.query,
        origin=origin,
        labels={name: value for name, value in row.metric.items() if name != "__name__"},
        points=tuple(row.values) if row.value is None else (row.value,),
    )


def metric_of(query: str) -> str:
    """A plain selector's metric; any other expression stands for itself, as rate() changes the unit."""
    plain = _SELECTOR.fullmatch(query)
    return plain.group(1) if plain else query
