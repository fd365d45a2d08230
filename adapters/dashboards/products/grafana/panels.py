"""The panels of a dashboard and their queries, from the dashboard's JSON model."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from adapters.dashboards.answers.grafana_queries import grafana_query

# Bounded, because the page writes the text: an endless search for each "${" takes quadratic time.
_DASHBOARD_SOURCE = "-- Dashboard --"
"""The data source that stands for another panel's result."""
_VARIABLE = re.compile(r"\$\{[^}]{0,200}\}|\$[A-Za-z_]\w*|\[\[[^]]{0,200}\]\]")


class PanelTarget(BaseModel):
    """One query of a panel (Grafana's "target"), as its author wrote it; `raw` is what the API takes."""

    text: str
    raw: dict[str, Any]
    product: str = ""

    def matches(self, query: str) -> bool:
        """Whether the query is this one with its variables filled in."""
        return is_filled_in(self.text.strip(), query.strip())

    @property
    def has_variables(self) -> bool:
        """Whether it cannot be sent to the API as it is."""
        return "$" in self.text or "[[" in self.text


def is_filled_in(template: str, text: str) -> bool:
    """Whether the text is the template with its variables replaced by something."""
    first, *others = _VARIABLE.split(template)
    if not others:
        return text == first
    *between, last = others
    if not text.startswith(first) or not text.endswith(last):
        return False
    # Part by part: a pattern with many wildcards takes exponential time on a hostile dashboard.
    start, end = len(first), len(text) - len(last)
    for part in between:
        index = text.find(part, start, end)
        if index < 0:
            return False
        start = index + len(part)
    return start <= end


class UnitOverride(BaseModel):
    """A unit of some series of a panel: those with this name (`by` is "byName") or query ("byFrameRefID")."""

    by: str
    name: str
    unit: str


class Panel(BaseModel):
    """One panel of a dashboard; `unit` is that of all series without an override.

    `row` is the title of the collapsed row that it is in, `shared` whether it shows another panel's result.
    """

    id: str
    title: str
    unit: str = ""
    overrides: tuple[UnitOverride, ...] = ()
    targets: tuple[PanelTarget, ...] = ()
    row: str | None = None
    shared: bool = False

    def has_number(self, name: str) -> bool:
        """Whether the name is its number, or `panel-` with its number."""
        return name in {self.id, f"panel-{self.id}"}

    def has_name(self, name: str) -> bool:
        """Whether the name is its number, `panel-` with its number, or its title."""
        return self.has_number(name) or (bool(name) and name == self.title)


def panels_of(model: dict[str, Any]) -> tuple[Panel, ...]:
    """All panels, those inside rows too, of the classic schema (`panels`) and the newer one (`elements`)."""
    elements = model.get("elements")
    if isinstance(elements, dict):
        return tuple(_from_element(element) for element in elements.values() if _is_panel(element))
    return tuple(_from_panel(panel, row) for panel, row in _flat(model.get("panels"), None))


def _flat(panels: object, row: str | None) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The panels, each with the title of the collapsed row that it is in."""
    for panel in panels if isinstance(panels, list) else ():
        if isinstance(panel, dict):
            is_row = panel.get("type") == "row"
            if not is_row:
                yield panel, row
            closed = is_row and bool(panel.get("collapsed"))
            yield from _flat(panel.get("panels"), str(panel.get("title") or "") if closed else row)


def _from_panel(panel: dict[str, Any], row: str | None) -> Panel:
    source = panel.get("datasource")
    targets = [
        target for target in panel.get("targets") or () if isinstance(target, dict) and not target.get("hide")
    ]
    return Panel(
        id=str(panel.get("id", "")),
        title=str(panel.get("title") or ""),
        unit=_unit(panel.get("fieldConfig")) or _old_unit(panel),
        overrides=tuple(_overrides(panel.get("fieldConfig"))),
        targets=tuple(_panel_target(target, source) for target in targets),
        row=row,
        shared=_DASHBOARD_SOURCE in str(source),
    )


def _is_panel(element: object) -> bool:
    return isinstance(element, dict) and element.get("kind") == "Panel"


def _from_element(element: dict[str, Any]) -> Panel:
    spec = element.get("spec") or {}
    queries = (((spec.get("data") or {}).get("spec") or {}).get("queries")) or []
    targets = []
    for entry in queries:
        query = (entry.get("spec") or {}).get("query") or {}
        targets.append(_panel_target(query.get("spec") or {}, query.get("datasource")))
    config = ((spec.get("vizConfig") or {}).get("spec") or {}).get("fieldConfig")
    return Panel(
        id=str(spec.get("id", "")),
        title=str(spec.get("title") or ""),
        unit=_unit(config),
        overrides=tuple(_overrides(config)),
        targets=tuple(targets),
    )


def _panel_target(target: dict[str, Any], source: object) -> PanelTarget:
    query = grafana_query(target, source)
    return PanelTarget(text=query.text, raw={"datasource": source, **target}, product=query.product)


def _unit(config: object) -> str:
    defaults = config.get("defaults") if isinstance(config, dict) else None
    return str(defaults.get("unit") or "") if isinstance(defaults, dict) else ""


def _overrides(config: object) -> Iterator[UnitOverride]:
    for override in (config.get("overrides") or ()) if isinstance(config, dict) else ():
        matcher = override.get("matcher") if isinstance(override, dict) else None
        if not isinstance(matcher, dict):
            continue
        for each in override.get("properties") or ():
            if isinstance(each, dict) and each.get("id") == "unit" and each.get("value"):
                yield UnitOverride(
                    by=str(matcher.get("id")), name=str(matcher.get("options")), unit=str(each["value"])
                )


def _old_unit(panel: dict[str, Any]) -> str:
    axes = panel.get("yaxes")
    first = axes[0] if isinstance(axes, list) and axes else None
    return str(first.get("format") or "") if isinstance(first, dict) else ""


def panels_with(panels: Iterable[Panel], query: str) -> list[Panel]:
    """The panels that ask this query."""
    return [
        panel for panel in panels if any(target.text and target.matches(query) for target in panel.targets)
    ]


def with_seen(panels: Sequence[Panel], seen: Mapping[str, str]) -> tuple[Panel, ...]:
    """The model's panels with the titles that the page shows, and the copies that only the page has.

    `seen` are the titles on the page by number. A repeated panel's copies ask what their original asks.
    """
    titled = [panel.model_copy(update={"title": seen.get(panel.id) or panel.title}) for panel in panels]
    numbers = {panel.id for panel in panels}
    copies = []
    for number, title in seen.items():
        if number in numbers:
            continue
        originals = [each for each in panels if title and is_filled_in(each.title, title)]
        original = originals[0] if len(originals) == 1 else Panel(id=number, title=title)
        copies.append(original.model_copy(update={"id": number, "title": title}))
    return (*titled, *copies)
