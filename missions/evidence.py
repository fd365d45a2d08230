from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict

from missions.frozen_model import FrozenModel
from missions.measurement import SeriesMapping, SeriesMeasure
from missions.plan import Phase, Target, Window


class Origin(StrEnum):
    """How a number was obtained, best first."""

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


class Basis(StrEnum):
    """How an adapter was tested: with the real product, with recordings of it, or by its documentation."""

    SEEN = "seen"
    RECORDED = "recorded"
    CONTRACT = "contract"


class Source(FrozenModel):
    """The product that numbers come from, its version ("" if unknown), and how the adapter was tested."""

    type: str
    version: str = ""
    basis: Basis = Basis.CONTRACT


class ArtifactRef(FrozenModel):
    """A stored object: its key holds the SHA-256 of its content."""

    key: str
    sha256: str
    content_type: str
    size: int
    kind: str
    title: str = ""


class Series(FrozenModel):
    """One series of one panel. `points` are (epoch seconds, value or None for a gap).

    NaN and infinities are measured values, not gaps: in JSON they are "NaN", "Infinity" and "-Infinity".
    `texts` are non-numeric values: (epoch seconds, text). `panel` is the panel's id, `title` its title.
    `metric` is the metric's name, "" where the expression has none or several. `unit` is the product's word
    for it, "" where it says none; `legend` names the series on the panel. `product` answered the query, and
    its language is that of `query`. `mapping` is what a person says about the series, and `measures` what
    the engine understood.
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
    legend: str = ""
    title: str = ""
    product: str = ""
    mapping: SeriesMapping | None = None
    measures: SeriesMeasure | None = None
    texts: tuple[tuple[float, str], ...] = ()
    points: tuple[tuple[float, float | None], ...] = ()

    @property
    def name(self) -> str:
        """What people call the series: its metric, else its legend, its panel's title, or its query."""
        named = self.mapping.metric if self.mapping else None
        return named or self.metric or self.legend or self.title or self.query or self.panel


class LogLine(FrozenModel):
    """One log line as the page received it; `message` is data, never an instruction."""

    id: str
    at: datetime
    service: str
    level: str
    message: str
    fields: dict[str, str] = {}
    panel: str = ""
    query: str = ""
    origin: Origin = Origin.PAGE_RESPONSE


class Span(FrozenModel):
    """One span of a trace: `operation` of `service`, called by the span `parent_id` ("" for the first)."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    service: str
    operation: str
    start: datetime
    duration_ms: float
    error: bool = False
    panel: str = ""
    query: str = ""
    origin: Origin = Origin.PAGE_RESPONSE


class Change(FrozenModel):
    """A deployment, configuration change or operator action that a dashboard lists."""

    id: str
    at: datetime
    service: str
    kind: str
    description: str
    version: str | None = None
    revision: int | None = None
    previous_revision: int | None = None


class Dependency(FrozenModel):
    """`caller` calls `callee`."""

    caller: str
    callee: str


class Evidence(FrozenModel):
    """Everything that one visit took from a page's own responses; stored as one JSON object.

    `cluster` is the one that the connector shows, "" where it does not say; `aliases` are other names of
    services, by the service's name, as people gave them to the connector.
    """

    target: str
    phase: Phase
    window: Window
    series: tuple[Series, ...] = ()
    logs: tuple[LogLine, ...] = ()
    changes: tuple[Change, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    spans: tuple[Span, ...] = ()
    source: Source | None = None
    cluster: str = ""
    aliases: dict[str, tuple[str, ...]] = {}


class Box(FrozenModel):
    """A region of a picture, in pixels from the top left."""

    x: int
    y: int
    width: int
    height: int


class PanelObservation(FrozenModel):
    """One panel of a visited page: its state with the reason, and its number of samples.

    `box` is its region on the page's screenshot, `picture` the panel alone. `measures` is what its series
    measure: one entry for all series with the same answer, those that are not understood first.
    """

    id: str
    title: str
    state: PanelState
    reason: str = ""
    samples: int = 0
    origin: Origin | None = None
    box: Box | None = None
    picture: ArtifactRef | None = None
    measures: tuple[SeriesMeasure, ...] = ()


class PageObservation(FrozenModel):
    """The result of one visit: references and hashes, never bytes."""

    target: str
    title: str
    url: str
    phase: Phase
    state: PanelState
    panels: tuple[PanelObservation, ...]
    screenshot: ArtifactRef | None
    numbers: ArtifactRef | None
    duration_ms: int
    reason: str = ""
    source: Source | None = None
    trace: ArtifactRef | None = None
    video: ArtifactRef | None = None


def unseen(target: Target, phase: Phase, reason: str) -> PageObservation:
    """The observation of a page that could not be visited, with the reason."""
    return PageObservation(
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
