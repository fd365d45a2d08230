"""A dashboard as Grafana's API describes it: which panels there are, and what each asks."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*|\[\[[^]]*\]\]")


class Ask(BaseModel):
    """One query of a panel, as the dashboard's author wrote it; `raw` is what the API takes."""

    text: str
    raw: dict[str, Any]

    def matches(self, query: str) -> bool:
        """Whether a query is this one with its variables filled in."""
        first, *others = _VARIABLE.split(self.text)
        if not others:
            return query == first
        *between, last = others
        if not query.startswith(first) or not query.endswith(last):
            return False
        # Part after part: a pattern with many wildcards would take for ever on a hostile dashboard.
        place, end = len(first), len(query) - len(last)
        for part in between:
            found = query.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return place <= end

    @property
    def plain(self) -> bool:
        """Whether it has no variables, so that the API can be asked the same."""
        return "$" not in self.text and "[[" not in self.text


class Panel(BaseModel):
    """One panel."""

    id: str
    title: str
    unit: str = ""
    asks: tuple[Ask, ...] = ()

    def named(self, name: str) -> bool:
        """By its number, as `panel-` with the number, or by its title."""
        return name in {self.id, f"panel-{self.id}", self.title}


def panels_of(model: dict[str, Any]) -> tuple[Panel, ...]:
    """Its panels with those inside rows, classic and with elements (the newer schema); text panels too."""
    elements = model.get("elements")
    if isinstance(elements, dict):
        return tuple(_from_element(one) for one in elements.values() if _is_panel(one))
    return tuple(_from_panel(one) for one in _flat(model.get("panels")))


def _flat(panels: object) -> Iterator[dict[str, Any]]:
    for one in panels if isinstance(panels, list) else ():
        if isinstance(one, dict):
            if one.get("type") != "row":
                yield one
            yield from _flat(one.get("panels"))


def _from_panel(panel: dict[str, Any]) -> Panel:
    source = panel.get("datasource")
    targets = [one for one in panel.get("targets") or () if isinstance(one, dict) and not one.get("hide")]
    return Panel(
        id=str(panel.get("id", "")),
        title=str(panel.get("title") or ""),
        unit=_unit(panel.get("fieldConfig")) or _old_unit(panel),
        asks=tuple(_ask(target, source) for target in targets),
    )


def _is_panel(element: object) -> bool:
    return isinstance(element, dict) and element.get("kind") == "Panel"


def _from_element(element: dict[str, Any]) -> Panel:
    spec = element.get("spec") or {}
    queries = (((spec.get("data") or {}).get("spec") or {}).get("queries")) or []
    asks = []
    for one in queries:
        query = (one.get("spec") or {}).get("query") or {}
        asks.append(_ask(query.get("spec") or {}, query.get("datasource")))
    config = ((spec.get("vizConfig") or {}).get("spec") or {}).get("fieldConfig")
    return Panel(
        id=str(spec.get("id", "")),
        title=str(spec.get("title") or ""),
        unit=_unit(config),
        asks=tuple(asks),
    )


def _ask(target: dict[str, Any], source: object) -> Ask:
    text = next((str(target[key]) for key in ("expr", "query", "rawSql", "target") if target.get(key)), "")
    return Ask(text=text, raw={"datasource": source, **target})


def _unit(config: object) -> str:
    defaults = config.get("defaults") if isinstance(config, dict) else None
    return str(defaults.get("unit") or "") if isinstance(defaults, dict) else ""


def _old_unit(panel: dict[str, Any]) -> str:
    axes = panel.get("yaxes")
    first = axes[0] if isinstance(axes, list) and axes else None
    return str(first.get("format") or "") if isinstance(first, dict) else ""


def panel_for(panels: Sequence[Panel], query: str) -> Panel | None:
    """The only panel that asks this; None where none or several do."""
    found = [panel for panel in panels if any(ask.text and ask.matches(query) for ask in panel.asks)]
    return found[0] if len(found) == 1 else None
