"""What a panel of Grafana's says about its series beside their numbers."""

import re
from collections.abc import Iterator, Mapping

from adapters.dashboards.products.grafana.panels import Panel, PanelTarget
from missions.evidence import Series
from missions.health import PanelDefinition
from missions.plan import LONGEST_QUERY, Target

_LONGEST_TITLE = 200
_PLAIN = frozenset({"", "none", "short"})
"""Units of a panel that only say how to write numbers."""
_LABEL = re.compile(r"\{\{\s*([\w.]{1,200})\s*\}\}")


def with_panel(line: Series, panel: Panel) -> Series:
    """The series with its panel's title and unit, and the legend that its query's author wrote for it."""
    target = next((each for each in panel.targets if each.text and each.matches(line.query)), None)
    if target is None and len(panel.targets) == 1:
        target = panel.targets[0]
    reference = str(target.raw.get("refId") or "") if target else ""
    legend = line.legend or (_legend(target, line.labels) if target else "")
    shown = _unit(panel, legend or line.metric, reference)
    return line.model_copy(
        update={
            "title": panel.title,
            "legend": legend,
            "unit": line.unit if shown in _PLAIN and line.unit else shown,
            "product": line.product or (target.product if target else ""),
        }
    )


def definitions_of(panel: Panel, page: Target) -> Iterator[PanelDefinition]:
    """The panel's queries as they stand in the dashboard's model; those that are too long are left out."""
    for target in panel.targets:
        if target.text and len(target.text) <= LONGEST_QUERY:
            yield PanelDefinition(
                page=page.id.removeprefix(f"{page.connector}/"),
                id=next((name for name in page.panels if panel.has_name(name)), panel.id),
                title=(panel.title or panel.id)[:_LONGEST_TITLE],
                query=target.text,
                legend=str(target.raw.get("legendFormat") or "").removeprefix("__auto")[:_LONGEST_TITLE],
                unit=_unit(panel, "", str(target.raw.get("refId") or "")),
                product=target.product,
            )


def _legend(target: PanelTarget, labels: Mapping[str, str]) -> str:
    text = str(target.raw.get("legendFormat") or target.raw.get("alias") or "")
    if text == "__auto":
        return ""
    return _LABEL.sub(lambda match: labels.get(match[1], ""), text).strip()


def _unit(panel: Panel, name: str, reference: str) -> str:
    names = {"byName": name, "byFrameRefID": reference}
    own = [override.unit for override in panel.overrides if override.name == names.get(override.by)]
    return own[-1] if own else panel.unit
