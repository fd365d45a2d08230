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
from stores.postgres.accounts import PostgresAccounts
from stores.postgres.admission import PostgresAdmission
from stores.postgres.announcements import PostgresAnnouncements
from stores.postgres.audit_trail import PostgresAuditTrail
from stores.postgres.browser_control import PostgresBrowserControl
from stores.postgres.connectors import PostgresConnectors
from stores.postgres.database import Database
from stores.postgres.identities import PostgresIdentities
from stores.postgres.invitations import PostgresInvitations
from stores.postgres.members import PostgresMembers
from stores.postgres.missions import PostgresMissions
from stores.postgres.org_export import PostgresOrgExport
from stores.postgres.orgs import PostgresOrgs
from stores.postgres.overviews import PostgresOverviews
from stores.postgres.passkeys import PostgresPasskeys
from stores.postgres.people import PostgresPeople
from stores.postgres.second_factors import PostgresSecondFactors
from stores.postgres.service_accounts import PostgresServiceAccounts
from stores.postgres.sessions import PostgresSessions
from stores.postgres.templates import PostgresTemplates
from stores.postgres.votes import PostgresVotes
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
    missions: PostgresMissions
    takeovers: PostgresBrowserControl
    overviews: PostgresOverviews
    admission: PostgresAdmission
    announcements: PostgresAnnouncements
    audit_trail: PostgresAuditTrail
    orgs: PostgresOrgs
    org_export: PostgresOrgExport
    queues: Queues
    votes: PostgresVotes
    people: PostgresPeople
    accounts: PostgresAccounts
    sessions: PostgresSessions
    members: PostgresMembers
    second_factors: PostgresSecondFactors
    service_accounts: PostgresServiceAccounts
    passkeys: PostgresPasskeys
    webauthn: Passkeys
    invitations: PostgresInvitations
    identities: PostgresIdentities
    issuers: Mapping[str, OidcIssuer]
    connectors: PostgresConnectors
    templates: PostgresTemplates
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
