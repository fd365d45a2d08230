from datetime import datetime, timedelta
from enum import StrEnum

from missions.word import Word


class ActionKind(StrEnum):
    """The catalog of what an agent may propose. Nothing else can be executed."""

    RESTART = "restart"
    SCALE = "scale"
    ROLLBACK = "rollback"


class Phase(StrEnum):
    """Whether a look was taken before or after the action."""

    BEFORE = "before"
    AFTER = "after"


class Window(Word):
    """The time range that a dashboard is asked for, UTC."""

    start: datetime
    end: datetime


class Target(Word):
    """One page, or one group of panels, of a registered dashboard."""

    id: str
    connector: str
    type: str
    base_url: str
    path: str
    title: str
    panels: tuple[str, ...]
    settings: dict[str, str] = {}


class Plan(Word):
    """Where a mission looks and what it may propose. Only registered dashboards can be in it."""

    targets: tuple[Target, ...]
    window: timedelta
    environment: str
    actions: tuple[ActionKind, ...]
    decide_within: timedelta = timedelta(minutes=30)
    missing: tuple[str, ...] = ()


class Visit(Word):
    """The input of one observe activity: one target, once."""

    org: str
    mission_id: str
    target: Target
    window: Window
    phase: Phase
