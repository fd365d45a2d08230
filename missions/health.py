from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from missions.credentials import Sealed
from missions.evidence import Source
from missions.frozen_model import FrozenModel
from missions.plan import PanelQuery, Target

MOST_MATCHES = 100
"""Results of a search that are shown; one more says that there are others."""
_TITLE_LENGTH = 100


def _plain_title(text: str) -> str:
    """One printable line, without signs that change the direction of the text around it."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:_TITLE_LENGTH]


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
    """The input of a health check: one dashboard of one organization.

    `has_pages`: the target is one of its pages; before any page is chosen, it is the home page.
    """

    org: str
    connector: str
    target: Target
    has_pages: bool = True


class DashboardSearch(FrozenModel):
    """The input of a search: `words` of the titles of dashboards and panels, "" for all."""

    probe: HealthProbe
    words: str = Field(default="", max_length=200)


class DashboardMatch(FrozenModel):
    """A result of a search: a page that a mission could visit, as a connector's configuration names it.

    A product chose the texts: they are cut and cleaned here, so that each match can be registered.
    """

    kind: str
    title: Annotated[str, BeforeValidator(_plain_title), Field(min_length=1)]
    path: str = Field(default="/", max_length=2000)
    panels: tuple[str, ...] = Field(default=(), max_length=100)
    queries: tuple[PanelQuery, ...] = Field(default=(), max_length=100)
    tags: tuple[str, ...] = ()


class DetectedProduct(FrozenModel):
    """The product that answers at an address: a connector's type and base URL, else "" with the reason."""

    type: str = ""
    base_url: str = ""
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
