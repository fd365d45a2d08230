"""The real API on a loopback port, with people, missions and approvals for tests."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import psycopg
from fastapi import FastAPI
from loopback import served
from psycopg import sql
from sqlalchemy import func, select, text, update
from temporalio.client import Client

from adapters.credentials.keys import private_from, public_of
from api.application import create_app
from api.dependencies.container import ApiDependencies
from api.tokens import Tokens
from missions.approval import Approval
from missions.caller import NOWHERE
from missions.event import ApprovalOpened, Closed, Started
from missions.mission import Outcome, Status
from missions.permissions import Role
from missions.person import Person
from missions.plan import ActionKind
from missions.proposal import Action, Difference, Effect, PolicyVerdict, Proposal, RiskLevel, TargetState
from runtime.codec import OrgCodec
from runtime.local.servers import Addresses
from runtime.local_settings import ROOT
from runtime.payload_keys import PayloadKeys
from runtime.process_settings import ApiSettings
from runtime.setting_types import Environment
from stores.passwords import Passwords
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.tables import VoteRow
from stores.postgres.audit.tables import AuditRow
from stores.postgres.database import Database
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.tables import MembershipRow, OutboxRow
from stores.secrets import Lineage

ORG = "demo"
PROMPT = "Checkout answers slowly since noon. Find out why."
PASSWORD = "correct horse battery staple"
LOGIN_PASSWORD = "test-password"  # of the database logins that tests/conftest.py makes
JWT_SECRET = "a-secret-of-the-tests-with-32-bytes-or-more"
PRIVATE_KEY = private_from("the browser worker's key in tests")
PAYLOAD_KEY = "a-payload-key-of-the-tests-with-32-bytes"
CODEC = OrgCodec(PayloadKeys([PAYLOAD_KEY]))
TEMPORAL_UI = "http://temporal.shop.example"
PUBLIC_URL = "http://localhost:8000"
_NUMBERS = count(1)
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused; httpx takes 30 ms to make one for each client
_CHEAP = Passwords(rounds=4)
_HASH = _CHEAP.hash_now(PASSWORD)


@dataclass(frozen=True)
class Urls:
    """The fixture `urls`: one database with the logins of its owner and of each kind of process."""

    owner: str
    api: str
    missions: str
    actions: str


@dataclass(frozen=True)
class Member:
    """A signed-in person, with an HTTP client that sends their token."""

    person: Person
    session: UUID
    token: str
    refresh_token: str
    http: httpx.AsyncClient


@asynccontextmanager
async def copied(places: Addresses, template: str) -> AsyncIterator[Urls]:
    """A copy of the migrated database; dropped after use."""
    name = f"shared_{next(_NUMBERS)}"
    server = places.database_url.rpartition("/")[0]
    names = sql.Identifier(name), sql.Identifier(template)
    await _admin(places, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    place = server.rpartition("@")[2] + "/" + name
    logins = {
        role: f"postgresql+psycopg://{role}:{LOGIN_PASSWORD}@{place}"
        for role in ("api", "missions", "actions")
    }
    try:
        yield Urls(owner=f"{server}/{name}", **logins)
    finally:
        await _admin(places, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


async def _admin(places: Addresses, statement: sql.Composed) -> None:
    url = places.database_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement)


def api_settings(places: Addresses, database_url: str, **changes: Any) -> ApiSettings:
    """The settings of an API that uses the real servers with its own credentials."""
    key, secret = places.s3_keys["api"]
    values: dict[str, Any] = {
        "environment": Environment.LOCAL,
        "temporal_address": places.temporal_address,
        "payload_keys": PAYLOAD_KEY,
        "temporal_ui_url": TEMPORAL_UI,
        "public_url": PUBLIC_URL,
        "own_servers": tuple(f"127.0.0.1:{port}" for port in places.ports),
        "database_url": database_url,
        "redis_url": places.redis_urls["api"],
        "jwt_secret": JWT_SECRET,
        "browser_public_key": public_of(PRIVATE_KEY),
        "seal_secret": "a-third-secret-of-the-tests-with-32-bytes",
        "metrics_token": "a-metrics-token-of-32-bytes-or-more",
        "s3_endpoint": places.s3_endpoint,
        "s3_bucket": places.s3_bucket,
        "s3_access_key": key,
        "s3_secret_key": secret,
        "policy_file": ROOT / "policy" / "demo.json",
        "missions_per_hour": 10_000,
        "organizations_per_hour": 10_000,
        "requests_per_minute": 1_000_000,  # all tests come from one address
        "login_failures_per_network": 1_000_000,
        "sign_ups_per_hour": 100_000,
        "max_concurrent_missions": 10_000,  # no worker runs: started missions never end
    }
    return ApiSettings(**(values | changes))


class World:
    """One API with its database; creates people, missions and approvals with the product's own stores."""

    def __init__(
        self, app: FastAPI, url: str, places: Addresses, urls: Urls, open_until: AsyncExitStack
    ) -> None:
        self.app = app
        self.url = url
        self.places = places
        self.urls = urls
        self.owner = Database(urls.owner)
        self._missions = Database(urls.missions)
        self.people = PersonStore(self.owner)
        self.sessions = SessionStore(self.owner, Lineage(JWT_SECRET), timedelta(hours=1))
        self.journal = PostgresJournal(self._missions)
        self.desk = PostgresApprovalDesk(self._missions)
        self._open = open_until

    @property
    def dependencies(self) -> ApiDependencies:
        dependencies: ApiDependencies = self.app.state.dependencies
        return dependencies

    @property
    def temporal(self) -> Client:
        return self.dependencies.operations.temporal

    @property
    def tokens(self) -> Tokens:
        return self.dependencies.authentication.tokens

    @property
    def passwords(self) -> Passwords:
        return self.dependencies.accounts.passwords

    async def close(self) -> None:
        await self.owner.close()
        await self._missions.close()

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """An HTTP client, signed in with the token; closed with the API."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=20, trust_env=False, verify=_TLS
        )
        self._open.push_async_callback(client.aclose)
        return client

    async def member(self, *roles: Role, org: str = ORG, name: str = "") -> Member:
        """A new person with these roles, signed in."""
        email = f"person{next(_NUMBERS)}@shop.example"
        await self.people.add_org(org, org)
        await self.people.add(org, email, name or email.partition("@")[0], _HASH, frozenset(roles))
        return await self.signed_in(email)

    async def signed_in(self, email: str) -> Member:
        """Another session of an existing person."""
        account = await self.people.by_email(email)
        assert account is not None
        opened = await self.sessions.open(account, NOWHERE, "test")
        token = self.tokens.issue(account.person, opened.session, account.version, opened.authenticated_at)
        return Member(account.person, opened.session, token, opened.refresh_token, self.client(token))

    async def set_roles(self, member: Member, *roles: Role) -> None:
        """Sets the roles in the database."""
        change = update(MembershipRow).where(MembershipRow.person_id == member.person.id)
        async with self.owner.transaction() as session:
            await session.execute(change.values(roles=[role.value for role in roles]))

    async def mission(self, member: Member, prompt: str = PROMPT) -> UUID:
        """A mission that the person creates over HTTP."""
        answer = await member.http.post("/api/missions", json={"prompt": prompt})
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["missionId"])

    async def approval(
        self,
        mission_id: UUID,
        risk: RiskLevel = RiskLevel.MEDIUM,
        window_s: int = 600,
        effect: Effect = Effect.REVIEW,
        revision: int = 7,
        org: str = ORG,
        prepared: Proposal | None = None,
    ) -> Approval:
        """An approval and its events, as the workflow writes them."""
        await self.journal.append(org, mission_id, "agent", Started())
        opened = await self.desk.open(
            org,
            mission_id,
            proposal=prepared or proposal(revision),
            verdict=verdict(risk, effect),
            window_s=window_s,
            act_s=300,
        )
        payload = ApprovalOpened(
            approval_id=opened.id,
            status=opened.status,
            action=opened.proposal.action.words,
            action_hash=opened.action_hash,
            risk=opened.risk,
            quorum=opened.quorum,
            decide_by=opened.decide_by,
            rule=opened.verdict.rule,
            participants=opened.participants,
        )
        await self.journal.append(org, mission_id, "agent", payload)
        return opened

    async def close_mission(self, mission_id: UUID, status: Status = Status.COMPLETED) -> None:
        """Writes the workflow's last event."""
        closed = Closed(status=status, outcome=Outcome.RECOVERED, reason="Everything is fine again.")
        await self.journal.append(ORG, mission_id, "agent", closed)

    async def outbox(self, mission_id: UUID) -> list[str]:
        """The kinds of the messages that are not sent to Temporal yet."""
        query = select(OutboxRow.kind).where(OutboxRow.mission_id == mission_id).order_by(OutboxRow.id)
        async with self.owner.transaction() as session:
            return list((await session.scalars(query)).all())

    async def audited(self, subject: str) -> list[str]:
        """The `deed` of each audit entry about this subject, in order."""
        query = select(AuditRow.deed).where(AuditRow.subject == subject).order_by(AuditRow.seq)
        async with self.owner.transaction(ORG) as session:
            return list((await session.scalars(query)).all())

    async def votes(self, approval_id: UUID) -> int:
        query = select(func.count()).select_from(VoteRow).where(VoteRow.approval_id == approval_id)
        async with self.owner.transaction(ORG) as session:
            return (await session.execute(query)).scalar_one()

    async def rows(self, table: str) -> int:
        """The number of rows in a table of the organization."""
        async with self.owner.transaction(ORG) as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608  our own table names


def proposal(revision: int = 7, evidence: tuple[str, ...] = ("series-1",)) -> Proposal:
    """A rollback of `payments`."""
    return Proposal(
        action=Action(
            kind=ActionKind.ROLLBACK,
            service="payments",
            environment="production",
            actuator="shop",
            params={"revision": revision},
        ),
        reason="The errors began with revision 8.",
        confidence=0.9,
        pre_state=TargetState(service="payments", generation=3, replicas=2, revision=8, version="1.8.0"),
        diff=(Difference(field="revision", now=8, proposed=revision),),
        blast_radius="payments and checkout",
        rollback="deploy revision 8 again",
        verification="the same panels again",
        evidence=evidence,
    )


def verdict(risk: RiskLevel = RiskLevel.MEDIUM, effect: Effect = Effect.REVIEW) -> PolicyVerdict:
    """The policy's verdict."""
    return PolicyVerdict(
        effect=effect, risk=risk, rule="rule-1", reason="It changes production.", policy_version="1"
    )


@asynccontextmanager
async def world(places: Addresses, urls: Urls, **changes: Any) -> AsyncIterator[World]:
    """Serves the API on this database, with optionally changed settings."""
    app = create_app(api_settings(places, **({"database_url": urls.api} | changes)))
    async with AsyncExitStack() as until, served(app) as url:
        made = World(app, url, places, urls, until)
        await made.people.add_org(ORG, ORG)
        try:
            yield made
        finally:
            await until.aclose()
            await made.close()
