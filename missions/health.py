from datetime import datetime
from enum import StrEnum

from pydantic import Field

from missions.credentials import Sealed
from missions.evidence import Source
from missions.frozen_model import FrozenModel
from missions.plan import PanelQuery, Target


class HealthStatus(StrEnum):
    """Whether missions can use a dashboard: fully, in part, or not at all."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class AccessRight(FrozenModel):
    """A right that missions need on a dashboard; `held` says whether its credentials grant it."""

    name: str
    held: bool
    detail: str = ""


class PanelDefinition(FrozenModel):
    """One query of a panel as its author wrote it, variables included, with the panel's title and unit.

    `page` is the connector's page, `product` the product that answers the query.
    """

    page: str = ""
    id: str
    title: str = ""
    query: str = ""
    legend: str = ""
    unit: str = ""
    product: str = ""


class DashboardHealth(FrozenModel):
    """The result of a health check at `at` (UTC). `latency_ms` is the time until the page responded.

    `panels` are the queries on the page that was opened, where the product tells them.
    """

    status: HealthStatus = HealthStatus.UNKNOWN
    detail: str = ""
    source: Source | None = None
    latency_ms: int | None = None
    rights: tuple[AccessRight, ...] = ()
    panels: tuple[PanelDefinition, ...] = ()
    at: datetime | None = None


class HealthProbe(FrozenModel):
    """The input of a health check: one dashboard of one organization."""

    org: str
    connector: str
    target: Target


class DashboardSearch(FrozenModel):
    """The input of a search: `words` of the titles of dashboards and panels, "" for all."""

    probe: HealthProbe
    words: str = Field(default="", max_length=200)


class DashboardMatch(FrozenModel):
    """A result of a search: a page that a mission could visit, as a connector's configuration names it."""

    kind: str
    title: str
    path: str = "/"
    panels: tuple[str, ...] = ()
    queries: tuple[PanelQuery, ...] = ()
    tags: tuple[str, ...] = ()


class DetectedProduct(FrozenModel):
    """The product that answers at an address: a connector's type, or "" with the reason why none was told."""

    type: str = ""
    reason: str = ""


class HealthNote(FrozenModel):
    """The health of a dashboard, to be stored with it."""

    org: str
    connector: str
    health: DashboardHealth


class ResealInput(FrozenModel):
    """Credentials to be sealed again for the newest key, with the organization and origin they belong to."""

    org: str
    connector: str
    base_url: str
    sealed: Sealed
