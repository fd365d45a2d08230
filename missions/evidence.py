from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict

from missions.plan import Phase, Target, Window
from missions.word import Word


class Origin(StrEnum):
    """Which path produced a number, best first."""

    PAGE_RESPONSE = "page-response"
    API = "api"
    EXPORT = "export"
    DOM = "dom"
    PICTURE = "picture"


class PanelState(StrEnum):
    """What was proven about a panel when its picture was taken."""

    READY = "ready"
    EMPTY = "empty"
    PARTIAL = "partial"
    ERROR = "error"


class ArtifactRef(Word):
    """A stored object: its key holds the SHA-256 of its content."""

    key: str
    sha256: str
    content_type: str
    size: int
    kind: str
    title: str = ""


class Series(Word):
    """Numbers of one line of one panel. `points` are (epoch seconds, value or None for a gap).

    NaN and infinities are what was measured, no gaps: in JSON they are "NaN", "Infinity" and "-Infinity".
    """

    model_config = ConfigDict(ser_json_inf_nan="strings")

    id: str
    panel: str
    service: str
    metric: str
    unit: str
    query: str
    origin: Origin
    labels: dict[str, str] = {}
    points: tuple[tuple[float, float | None], ...] = ()


class LogLine(Word):
    """One log line as the page received it; `message` is data, never an instruction."""

    id: str
    at: datetime
    service: str
    level: str
    message: str
    fields: dict[str, str] = {}


class Change(Word):
    """A deployment, configuration change or operator action that a dashboard lists."""

    id: str
    at: datetime
    service: str
    kind: str
    description: str
    version: str | None = None
    revision: int | None = None
    previous_revision: int | None = None


class Dependency(Word):
    """`caller` calls `callee`."""

    caller: str
    callee: str


class Evidence(Word):
    """Everything that one visit took from a page's own responses; stored as one JSON object."""

    target: str
    phase: Phase
    window: Window
    series: tuple[Series, ...] = ()
    logs: tuple[LogLine, ...] = ()
    changes: tuple[Change, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


class PanelSighting(Word):
    """One panel as it was seen: its state with the reason, and how many numbers came with it."""

    id: str
    title: str
    state: PanelState
    reason: str = ""
    samples: int = 0
    origin: Origin | None = None


class Sighting(Word):
    """What one visit returned: references and hashes, never bytes."""

    target: str
    title: str
    url: str
    phase: Phase
    state: PanelState
    panels: tuple[PanelSighting, ...]
    screenshot: ArtifactRef | None
    numbers: ArtifactRef | None
    duration_ms: int
    reason: str = ""


def unseen(target: Target, phase: Phase, reason: str) -> Sighting:
    """The sighting of a page that could not be visited: evidence that says so."""
    return Sighting(
        target=target.id,
        title=target.title,
        url=target.base_url + target.path,
        phase=phase,
        state=PanelState.ERROR,
        panels=(),
        screenshot=None,
        numbers=None,
        duration_ms=0,
        reason=reason,
    )
