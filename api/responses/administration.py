"""What the API answers about an organization and its dashboards, audit trail and payloads."""

from typing import Self

from pydantic import JsonValue

from missions.audit_entry import AuditEntry
from missions.connector import Connector
from missions.connector_warning import ConnectorWarning
from missions.frozen_model import FrozenModel
from missions.health import DashboardHealth, DashboardMatch
from missions.organization import Organization
from semantics.connector_checks import connector_warnings
from stores.postgres.audit.trail import Facet


class DashboardSearchResponse(FrozenModel):
    """The dashboards, panels or metrics that a search found; `more`: there are others beyond them."""

    found: tuple[DashboardMatch, ...]
    more: bool = False


class ResealResponse(FrozenModel):
    """The number of dashboards whose credentials were sealed again."""

    resealed: int


class AuditListResponse(FrozenModel):
    """One page of the audit trail, newest first; `facets` counts the values of all matching entries."""

    entries: tuple[AuditEntry, ...]
    total: int
    facets: dict[str, tuple[Facet, ...]]
    next_cursor: str | None


class OrganizationListResponse(FrozenModel):
    """Organizations, by slug."""

    orgs: tuple[Organization, ...]


class DashboardResponse(Connector):
    """A dashboard, with what does not work about it although it was registered."""

    warnings: tuple[ConnectorWarning, ...] = ()

    @classmethod
    def of(cls, connector: Connector) -> Self:
        """The dashboard with its warnings, without the queries that they were found in."""
        fields = {name: getattr(connector, name) for name in Connector.model_fields}
        fields["health"] = _without_panels(connector.health)
        return cls(**fields, warnings=connector_warnings(connector))


class DashboardTestResponse(DashboardHealth):
    """The result of a test, with what does not work about the dashboard by all that is known of it now."""

    warnings: tuple[ConnectorWarning, ...] = ()

    @classmethod
    def of(cls, connector: Connector, health: DashboardHealth) -> Self:
        """The health, and the warnings that follow from the panels which the test has read."""
        bare = _without_panels(health)
        fields = {name: getattr(bare, name) for name in DashboardHealth.model_fields}
        return cls(**fields, warnings=connector_warnings(connector.model_copy(update={"health": health})))


def _without_panels(health: DashboardHealth) -> DashboardHealth:
    return health.model_copy(update={"panels": ()})


class DashboardListResponse(FrozenModel):
    """The registered dashboards."""

    dashboards: tuple[DashboardResponse, ...]


class HealthResponse(FrozenModel):
    """Whether the process and the services that it needs answer."""

    status: str
    checks: dict[str, str] = {}


class CodecLinkResponse(FrozenModel):
    """An endpoint for Temporal's UI, and its lifetime in seconds. Its address is a secret."""

    endpoint: str
    expires_in: int


class DecodeResponse(FrozenModel):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: tuple[dict[str, JsonValue], ...]
