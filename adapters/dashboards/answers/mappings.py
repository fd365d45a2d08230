"""What people say about panels, applied to what the panels show."""

from collections.abc import Iterable

from missions.evidence import LogLine, Series
from missions.panel_mapping import PanelMapping, mapping_for


def mapped_series(line: Series, mappings: Iterable[PanelMapping]) -> Series:
    """The series with what people say about it; their service is the series' service.

    The id keeps the service that the product names, so it does not change when people teach another one.
    """
    mapping = mapping_for(mappings, (line.panel, line.title), (line.metric, line.legend, line.query))
    if mapping is None:
        return line
    service = mapping.service or line.service
    changed = {"mapping": mapping, "service": service}
    if not line.service and line.id == f"{line.panel}#":
        changed["id"] = f"{line.panel}#{service}"
    return line.model_copy(update=changed)


def mapped_line(line: LogLine, title: str, mappings: Iterable[PanelMapping]) -> LogLine:
    """The log line, with the service that people name for its panel where it names none itself."""
    mapping = None if line.service else mapping_for(mappings, (line.panel, title), (line.query,))
    return line.model_copy(update={"service": mapping.service}) if mapping and mapping.service else line
