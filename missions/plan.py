from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, model_validator

from missions.credentials import Sealed
from missions.frozen_model import FrozenModel
from missions.page_limits import PageLimits
from missions.panel_mapping import PanelMapping, without_statements


class ActionKind(StrEnum):
    """The kinds of action that a mission may propose. Nothing else can be executed."""

    RESTART = "restart"
    SCALE = "scale"
    ROLLBACK = "rollback"


class Phase(StrEnum):
    """Whether a visit was made before or after the action."""

    BEFORE = "before"
    AFTER = "after"


class Window(FrozenModel):
    """The time range that a dashboard is queried for, in UTC."""

    start: datetime
    end: datetime


LONGEST_QUERY = 4000


class PanelQuery(FrozenModel):
    """A query for a product's own query page."""

    panel: str = Field(min_length=1, max_length=100)
    query: str = Field(min_length=1, max_length=LONGEST_QUERY)


def queries_in(path: str) -> tuple[PanelQuery, ...]:
    """The queries of a deep link to Prometheus' pages, whose panels are `g0`, `g1` and so on."""
    parameters = dict(parse_qsl(urlsplit(path).query))
    return tuple(
        PanelQuery(panel=name.partition(".")[0], query=text)
        for name, text in sorted(parameters.items())
        if name.endswith(".expr") and text and len(text) <= LONGEST_QUERY
    )


class Masks(FrozenModel):
    """What must not leave the browser: elements by CSS selector, text by regular expression."""

    selectors: tuple[str, ...] = Field(default=(), max_length=50)
    patterns: tuple[str, ...] = Field(default=(), max_length=50)


class Target(FrozenModel):
    """One page, or one group of panels, of a registered dashboard.

    `cluster` is the one that the dashboard shows, "" if it is not known; `aliases` are other names of
    services, by the service's name; `mappings` are what people say about the series of this page.
    """

    id: str
    connector: str
    type: str
    base_url: str
    path: str
    title: str
    panels: tuple[str, ...]
    settings: dict[str, str] = {}
    queries: tuple[PanelQuery, ...] = ()
    mappings: tuple[PanelMapping, ...] = ()
    sealed: Sealed | None = None
    masks: Masks = Masks()
    limits: PageLimits = PageLimits()
    video: bool = False
    cluster: str = ""
    aliases: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _state_by_mappings(cls, values: object) -> object:
        """Reads plans of missions that began when queries stated what they measure."""
        if not isinstance(values, dict):
            return values
        queries, stated = without_statements(values.get("queries") or (), "")
        return values | {"queries": queries, "mappings": [*(values.get("mappings") or ()), *stated]}


SETTLING = (timedelta(seconds=14), timedelta(seconds=6), timedelta(seconds=10))
"""Waits before each visit to the same panels after an action. There are no more after a recovery."""


class Plan(FrozenModel):
    """The pages that a mission visits, all on registered dashboards, and the actions it may propose.

    `cluster` is the one that all of the dashboards show; "" if they show several, or do not say.
    """

    targets: tuple[Target, ...]
    window: timedelta
    environment: str
    cluster: str = ""
    actions: tuple[ActionKind, ...]
    decide_within: timedelta = timedelta(minutes=30)
    settling: tuple[timedelta, ...] = SETTLING
    missing: tuple[str, ...] = ()

    @property
    def shown(self) -> "Plan":
        """The plan without the sealed credentials, which only the browser worker gets."""
        bare = tuple(target.model_copy(update={"sealed": None}) for target in self.targets)
        return self.model_copy(update={"targets": bare})


class Visit(FrozenModel):
    """The input of one observe activity: one target, once."""

    org: str
    mission_id: str
    target: Target
    window: Window
    phase: Phase
