from datetime import datetime
from enum import StrEnum

from pydantic import Field

from missions.credentials import Sealed
from missions.evidence import Source
from missions.frozen_model import FrozenModel
from missions.plan import Target


class HealthStatus(StrEnum):
    """How a dashboard is: it can be looked at, in part, or not at all."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class AccessRight(FrozenModel):
    """Something that missions need of a dashboard, and whether its credentials allow it."""

    name: str
    held: bool
    detail: str = ""


class DashboardHealth(FrozenModel):
    """What a test of a dashboard found out, at `at` (UTC). `latency_ms`: until its page had answered."""

    status: HealthStatus = HealthStatus.UNKNOWN
    detail: str = ""
    source: Source | None = None
    latency_ms: int | None = None
    rights: tuple[AccessRight, ...] = ()
    at: datetime | None = None


class HealthProbe(FrozenModel):
    """The input of a test: one dashboard of one organization."""

    org: str
    connector: str
    target: Target


class DashboardSearch(FrozenModel):
    """The input of a discovery: which dashboards and panels have these words ("" for all)."""

    probe: HealthProbe
    words: str = Field(default="", max_length=200)


class DashboardMatch(FrozenModel):
    """Something that a mission could look at: `path` and `panels` make a page of it."""

    kind: str
    title: str
    path: str = ""
    panels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class HealthNote(FrozenModel):
    """How a dashboard is, to be stored with it."""

    org: str
    connector: str
    health: DashboardHealth


class ResealInput(FrozenModel):
    """Sealed credentials to be sealed anew for the newest key, and for whom they are."""

    org: str
    connector: str
    base_url: str
    sealed: Sealed
