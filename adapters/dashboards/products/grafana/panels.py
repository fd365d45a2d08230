"""The panels of a dashboard and their queries, from the dashboard's JSON model."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from adapters.dashboards.answers.grafana_queries import grafana_query

# Bounded, because the page writes the text: an endless search for each "${" takes quadratic time.
_VARIABLE = re.compile(r"\$\{[^}]{0,200}\}|\$[A-Za-z_]\w*|\[\[[^]]{0,200}\]\]")


class PanelTarget(BaseModel):
    """One query of a panel (Grafana's "target"), as its author wrote it; `raw` is what the API takes."""

    text: str
    raw: dict[str, Any]
    product: str = ""

    def matches(self, query: str) -> bool:
        """Whether the query is this one with its variables filled in."""
        first, *others = _VARIABLE.split(self.text)
        if not others:
            return query == first
        *between, last = others
        if not query.startswith(first) or not query.endswith(last):
            return False
        # Part by part: a pattern with many wildcards takes exponential time on a hostile dashboard.
        start, end = len(first), len(query) - len(last)
        for part in between:
            index = query.find(part, start, end)
            if index < 0:
                return False
            start = index + len(part)
        return start <= end

    @property
    def has_variables(self) -> bool:
        """Whether it cannot be sent to the API as it is."""
        return "$" in self.text or "[[" in self.text


class UnitOverride(BaseModel):
    """A unit of some series of a panel: those with this name (`by` is "byName") or query ("byFrameRefID")."""

    by: str
    name: str
    unit: str


class Panel(BaseModel):
    """One panel of a dashboard; `unit` is that of all series without an override."""

    id: str
    title: str
    unit: str = ""
    overrides: tuple[UnitOverride, ...] = ()
    targets: tuple[PanelTarget, ...] = ()

    def has_name(self, name: str) -> bool:
        """Whether the name is its number, `panel-` with its number, or its title."""
        return name in {self.id, f"panel-{self.id}", self.title}


def panels_of(model: dict[str, Any]) -> tuple[Panel, ...]:
    """All panels, those inside rows too, of the classic schema (`panels`) and the newer one (`elements`)."""
    elements = model.get("elements")
    if isinstance(elements, dict):
        return tuple(_from_element(element) for element in elements.values() if _is_panel(element))
    return tuple(_from_panel(panel) for panel in _flat(model.get("panels")))


def _flat(panels: object) -> Iterator[dict[str, Any]]:
    for panel in panels if isinstance(panels, list) else ():
        if isinstance(panel, dict):
            if panel.get("type") != "row":
                yield panel
            yield from _flat(panel.get("panels"))


def _from_panel(panel: dict[str, Any]) -> Panel:
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


def panel_for(panels: Sequence[Panel], query: str) -> Panel | None:
    """The only panel with this query; None where no panel or several have it."""
    matching = [
        panel for panel in panels if any(target.text and target.matches(query) for target in panel.targets)
    ]
    return matching[0] if len(matching) == 1 else None
