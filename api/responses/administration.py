"""What the API answers about an organization and its dashboards, audit trail and payloads."""

from pydantic import JsonValue

from missions.audit_entry import AuditEntry
from missions.connector import Connector
from missions.frozen_model import FrozenModel
from missions.health import DashboardMatch
from missions.organization import Organization
from stores.postgres.audit.trail import Facet


class DashboardSearchResponse(FrozenModel):
    """What a dashboard has to look at."""

    found: tuple[DashboardMatch, ...]


class ResealResponse(FrozenModel):
    """How many dashboards' credentials were sealed anew."""

    resealed: int


class AuditListResponse(FrozenModel):
    """One page of the audit trail, newest first; `facets` count the values of all that is sought."""

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
    """Whether the process, or each thing it needs, answers."""

    status: str
    checks: dict[str, str] = {}


class CodecLinkResponse(FrozenModel):
    """Where Temporal's UI asks what payloads say, and for how many seconds. Who has the address may ask."""

    endpoint: str
    expires_in: int


class DecodeResponse(FrozenModel):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: tuple[dict[str, JsonValue], ...]
