"""What the API answers about an organization and its dashboards, audit trail and payloads."""

from pydantic import JsonValue

from missions.audit_entry import AuditEntry
from missions.connector import Connector
from missions.frozen_model import FrozenModel
from missions.health import DashboardMatch
from missions.organization import Organization
from stores.postgres.audit.trail import Facet


class DashboardSearchResponse(FrozenModel):
    """The dashboards, panels or metrics that a search found."""

    found: tuple[DashboardMatch, ...]


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


class DashboardListResponse(FrozenModel):
    """The registered dashboards."""

    dashboards: tuple[Connector, ...]


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
