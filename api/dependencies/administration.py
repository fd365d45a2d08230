from dataclasses import dataclass

from temporalio.client import Client

from adapters.browser.own_servers import OwnServers
from adapters.credentials.sealer import Sealer
from adapters.gateways.policy_desk import PolicyDesk
from runtime.probes import Probes
from runtime.process_settings import ApiSettings
from stores.postgres.audit.trail import AuditTrailStore
from stores.postgres.database import Database
from stores.postgres.organizations.announcements import AnnouncementStore
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.postgres.organizations.export import OrganizationExport
from stores.postgres.organizations.organizations import OrganizationStore


@dataclass(frozen=True)
class DashboardDependencies:
    """Registered dashboards, their test in a browser, the seal for credentials, and forbidden addresses."""

    connectors: PostgresConnectors
    probes: Probes
    sealer: Sealer | None
    own_servers: OwnServers

    @classmethod
    def of(cls, settings: ApiSettings, database: Database, temporal: Client) -> "DashboardDependencies":
        """Without the browser worker's public key there is no sealer: credentials cannot be kept."""
        sealer = Sealer(settings.browser_public_key) if settings.browser_public_key else None
        return cls(PostgresConnectors(database), Probes(temporal), sealer, OwnServers(settings.servers))


@dataclass(frozen=True)
class OrganizationDependencies:
    """Organizations and what they may do with themselves: export, announcements."""

    store: OrganizationStore
    export: OrganizationExport
    announcements: AnnouncementStore

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "OrganizationDependencies":
        """All in this database, with the limits of the settings."""
        store = OrganizationStore(database, settings.max_concurrent_missions, settings.organizations_per_hour)
        return cls(store, OrganizationExport(database), AnnouncementStore(database))


@dataclass(frozen=True)
class OversightDependencies:
    """The audit trail, and the policy in force."""

    audit: AuditTrailStore
    policy: PolicyDesk

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "OversightDependencies":
        """With the policy file or gateway of the settings."""
        policy = PolicyDesk(settings.policy_file, settings.secure_mcp_gateway_url)
        return cls(AuditTrailStore(database), policy)
