from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import socketio
from temporalio.client import Client

from adapters.credentials.sealer import Sealer
from adapters.gateways.policy_desk import PolicyDesk
from adapters.identities.oidc import OidcIssuer
from adapters.identities.passkeys import Passkeys
from api.cursors import Cursors
from api.tokens import Tokens
from runtime.payload_keys import PayloadKeys
from runtime.prints import Prints
from runtime.probes import Probes
from runtime.queues import Queues
from runtime.relay import Relay
from stores.browser_control import RedisBrowserControl
from stores.frames import RedisAudience
from stores.limits import Limits
from stores.passwords import Passwords
from stores.postgres.accounts.accounts import AccountStore
from stores.postgres.accounts.identities import IdentityStore
from stores.postgres.accounts.invitations import InvitationStore
from stores.postgres.accounts.members import MemberStore
from stores.postgres.accounts.passkeys import PasskeyStore
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.second_factors import SecondFactorStore
from stores.postgres.accounts.service_accounts import ServiceAccountStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.audit.trail import AuditTrailStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.browser_control import BrowserControlStore
from stores.postgres.missions.missions import MissionStore
from stores.postgres.missions.overviews import MissionOverviews
from stores.postgres.missions.templates import TemplateStore
from stores.postgres.organizations.announcements import AnnouncementStore
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.postgres.organizations.export import OrganizationExport
from stores.postgres.organizations.organizations import OrganizationStore
from stores.s3 import S3Artifacts
from stores.sockets import SocketAnnouncer


@dataclass(frozen=True)
class Rates:
    """How much is too much: requests a minute; wrong passwords and new accounts."""

    requests: int
    failures: int
    failures_per_account: int
    failures_per_network: int
    sign_ups: int


@dataclass(frozen=True)
class Wiring:
    """Everything a request may use; made once, in the process."""

    database: Database
    missions: MissionStore
    takeovers: BrowserControlStore
    overviews: MissionOverviews
    admission: AdmissionStore
    announcements: AnnouncementStore
    audit_trail: AuditTrailStore
    orgs: OrganizationStore
    org_export: OrganizationExport
    queues: Queues
    votes: VoteStore
    people: PersonStore
    accounts: AccountStore
    sessions: SessionStore
    members: MemberStore
    second_factors: SecondFactorStore
    service_accounts: ServiceAccountStore
    passkeys: PasskeyStore
    webauthn: Passkeys
    invitations: InvitationStore
    identities: IdentityStore
    issuers: Mapping[str, OidcIssuer]
    connectors: PostgresConnectors
    templates: TemplateStore
    policy_desk: PolicyDesk
    probes: Probes
    prints: Prints
    sealer: Sealer | None
    artifacts: S3Artifacts
    passwords: Passwords
    limits: Limits
    rates: Rates
    tokens: Tokens
    cursors: Cursors
    relay: Relay
    temporal: Client
    payload_keys: PayloadKeys
    announcer: SocketAnnouncer
    sockets: socketio.AsyncServer
    audience: RedisAudience
    hands: RedisBrowserControl
    public_url: str
    origins: frozenset[str]
    session_s: int
    metrics_token: str | None
    mission_timeout: timedelta

    @property
    def secure(self) -> bool:
        """Whether people reach us over https."""
        return self.public_url.startswith("https://")
