"""What people say that the series of a dashboard's panels measure."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from missions.frozen_model import FrozenModel
from missions.measurement import SeriesMapping

_LEGACY = ("metric", "unit", "service")
"""Fields in which queries once stated what they measure."""


class PanelMapping(FrozenModel):
    """What a person says that series measure.

    It applies to the series of a page (by its id), of a panel (by its id or title) and with a metric, a
    legend or an expression; "" applies to all. In `series`, `*` stands for any characters.
    """

    page: str = Field(default="", max_length=200)
    panel: str = Field(default="", max_length=500)
    series: str = Field(default="", max_length=4000)
    measures: SeriesMapping

    @property
    def key(self) -> tuple[str, str, str]:
        """What it applies to; a connector has one mapping for each."""
        return self.page, self.panel, self.series

    @model_validator(mode="after")
    def _applies_and_answers(self) -> Self:
        if not self.panel and not self.series.strip("* "):
            raise ValueError("a mapping needs a panel, or a metric or expression")
        if not self.measures.model_dump(exclude_none=True):
            raise ValueError("a mapping needs a role, unit, statistic, service or metric")
        return self


def mapping_for(
    mappings: Iterable[PanelMapping], panels: Sequence[str], series: Sequence[str]
) -> SeriesMapping | None:
    """What the mappings of a page say about a series, or None; of several the most specific one comes first.

    `panels` are the panel's id and title, `series` the metric, the legend and the expression.
    """
    answers: dict[str, Any] = {}
    for mapping in sorted(mappings, key=_specificity):
        if _fits(mapping, panels, series):
            answers |= mapping.measures.model_dump(exclude_none=True)
    return SeriesMapping.model_validate(answers) if answers else None


def with_mapping(mappings: Iterable[PanelMapping], mapping: PanelMapping) -> tuple[PanelMapping, ...]:
    """The mappings with this one, which replaces the one that applies to the same series."""
    others = [other for other in mappings if other.key != mapping.key]
    return tuple(sorted([*others, mapping], key=lambda each: each.key))


def without_statements(queries: Iterable[Any], page: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Queries as JSON without what they state themselves, and the same statements as mappings.

    Stored connectors, and plans of running missions, have queries with `metric`, `unit` and `service`.
    """
    bare: list[Any] = []
    mappings: list[dict[str, Any]] = []
    for query in queries:
        if not isinstance(query, dict):
            bare.append(query)
            continue
        bare.append({name: value for name, value in query.items() if name not in _LEGACY})
        stated = {name: query[name] for name in _LEGACY if query.get(name)}
        if stated:
            mappings.append({"page": page, "panel": query.get("panel"), "measures": stated})
    return bare, mappings


def _specificity(mapping: PanelMapping) -> tuple[bool, bool, int, bool]:
    exact = bool(mapping.series) and "*" not in mapping.series
    return bool(mapping.panel), exact, len(mapping.series), bool(mapping.page)


def _fits(mapping: PanelMapping, panels: Sequence[str], series: Sequence[str]) -> bool:
    if mapping.panel and _plain(mapping.panel) not in {_plain(panel) for panel in panels if panel}:
        return False
    if not mapping.series:
        return True
    return any(_matches(_plain(text), _plain(mapping.series)) for text in series if text)


def _plain(text: str) -> str:
    """Without the differences in white space that an editor makes."""
    return " ".join(text.split())


def _matches(text: str, pattern: str) -> bool:
    """Whether the text fits the pattern. Takes linear time, which a regular expression would not."""
    first, *parts = pattern.split("*")
    if not parts:
        return text == pattern
    *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place = len(first)
    for part in middle:
        place = text.find(part, place, len(text) - len(last))
        if place < 0:
            return False
        place += len(part)
    return True
