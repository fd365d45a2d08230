from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class PanelMarkup:
    """The attributes and values by which a page marks its panels and their states.

    A connector's settings may override each of them, in camelCase (`stateAttribute`).
    """

    panel_selector: str = "[data-panel-id]"
    panel_id_attribute: str = "data-panel-id"
    title_attribute: str = "data-panel-title"
    state_attribute: str = "data-state"
    ready_value: str = "ready"
    empty_value: str = "empty"
    error_value: str = "error"
    panel_header: str = "X-Panel-Id"
    service_label: str = "service"


def markup_from(settings: Mapping[str, str]) -> PanelMarkup:
    """The defaults with what a connector's settings override."""
    names = {field.name: _camel(field.name) for field in fields(PanelMarkup)}
    return PanelMarkup(**{name: settings[wire] for name, wire in names.items() if wire in settings})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
