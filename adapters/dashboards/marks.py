from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Marks:
    """How a page marks its panels; a connector's settings may say otherwise, in camelCase."""

    panel_selector: str = "[data-panel-id]"
    panel_id_attribute: str = "data-panel-id"
    title_attribute: str = "data-panel-title"
    state_attribute: str = "data-state"
    ready_value: str = "ready"
    empty_value: str = "empty"
    error_value: str = "error"
    panel_header: str = "X-Panel-Id"
    service_label: str = "service"


def marks_of(settings: Mapping[str, str]) -> Marks:
    """The marks that a target's settings ask for, e.g. `stateAttribute`."""
    names = {field.name: _camel(field.name) for field in fields(Marks)}
    return Marks(**{name: settings[wire] for name, wire in names.items() if wire in settings})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
