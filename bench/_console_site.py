import asyncio
import contextlib
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import socketio
from sqlalchemy import text

from api.tokens import Tokens
from bench._approval_stack import PAYLOAD_KEY, ROOT, StackAddresses, bench_servers, new_members
from missions.caller import NOWHERE
from missions.permissions import Role
from missions.person import Person
from runtime.local.ports import PortBook
from runtime.local.servers import ServerName
from runtime.topology import ORG
from stores.passwords import Passwords
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.database import Database
from stores.postgres.missions.journal import PostgresJournal
from stores.secrets import Lineage
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, sockets_of

PASSWORD = secrets.token_hex(8)
EMAIL = "reader@bench.example"
LIFETIME = timedelta(hours=1)
EACH = 10
"""Sockets that the API allows a person."""
_COPY = text(
    "INSERT INTO missions (id, status, requester, last_seq, created_at, mission, hidden)"
    " SELECT made.id, status, requester, last_seq, created_at, mission || jsonb_build_object("
    "'id', made.id, 'title', 'Checkout answers slowly, report ' || n, 'service', 'payments'), hidden"
    " FROM missions, generate_series(1, :count) AS n,"
    " LATERAL (SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id) AS made"
    " WHERE missions.id = :origin"
)


@dataclass
class ConsoleSite:
    """The API with its console in its own process, and the stores that a missions worker writes to."""

    url: str
    owner: Database
    journal: PostgresJournal
    announcer: SocketAnnouncer
    sessions: SessionStore
    tokens: Tokens

    async def token(self, person: Person) -> str:
        """An access token of a new session."""
        account = await PersonStore(self.owner).by_email(person.email)
        if account is None:
            raise RuntimeError("The person is not stored.")
        opened = await self.sessions.open(account, NOWHERE, "bench")
        return self.tokens.issue(account.person, opened.session, account.version, opened.authenticated_at)

    async def mission(self) -> UUID:
        """A mission that an operator starts over HTTP."""
        (operator,) = await new_members(self.owner, [frozenset({Role.OPERATOR})])
        headers = {"Authorization": f"Bearer {await self.token(operator)}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False) as client:
            answer = await client.post(
                "/api/missions", json={"prompt": "Checkout answers slowly since noon."}
            )
            return UUID(answer.raise_for_status().json()["missionId"])

    async def copies(self, mission: UUID, count: int) -> None:
        """Adds copies of the mission, all older."""
        async with self.owner.transaction(ORG) as session:
            await session.execute(_COPY, {"origin": mission, "count": count})

    @asynccontextmanager
    async def watchers(self, mission: UUID, count: int) -> AsyncIterator[None]:
        """Sockets of other people that are subscribed to the mission."""
        people = await new_members(self.owner, [frozenset({Role.ADMIN})] * -(-count // EACH))
        async with AsyncExitStack() as until:
            for number in range(count):
                client = socketio.AsyncClient(reconnection=False)
                auth = {"token": await self.token(people[number // EACH])}
                await client.connect(self.url, auth=auth, transports=["websocket"], wait_timeout=60)
                until.push_async_callback(client.disconnect)
                response = await client.call("mission:subscribe", str(mission), timeout=60)
                if "ok" not in response:
                    raise RuntimeError(f"The subscription was refused: {response}")
            yield


@asynccontextmanager
async def console_site() -> AsyncIterator[ConsoleSite]:
    """Servers, the API, and a reader who can sign in."""
    async with bench_servers(ServerName) as place, AsyncExitStack() as until:
        owner, missions = Database(place.owner), Database(place.missions)
        until.push_async_callback(owner.close)
        until.push_async_callback(missions.close)
        people = PersonStore(owner)
        await people.add_org(ORG, ORG)
        roles = frozenset({Role.OPERATOR, Role.APPROVER, Role.ADMIN, Role.AUDITOR})
        await people.add(ORG, EMAIL, "Ada Reader", Passwords().hash_now(PASSWORD), roles)
        folder = Path(until.enter_context(tempfile.TemporaryDirectory()))
        secret, port = secrets.token_hex(32), PortBook(folder).reserve("api")
        url = f"http://127.0.0.1:{port}"
        channel = sockets_of(place.rest.redis_urls["missions"])
        announcer = SocketAnnouncer(channel)
        until.push_async_callback(close_channel, channel)
        until.push_async_callback(announcer.close)
        await until.enter_async_context(_api(_environment(place, secret, url, port), url))
        yield ConsoleSite(
            url,
            owner,
            PostgresJournal(missions),
            announcer,
            SessionStore(owner, Lineage(secret), LIFETIME),
            Tokens(secret, url, LIFETIME),
        )


def _environment(place: StackAddresses, secret: str, url: str, port: int) -> dict[str, str]:
    key, s3_secret = place.rest.s3_keys["api"]
    return {
        "PATH": "/usr/bin:/bin",
        "ENVIRONMENT": "local",
        "TEMPORAL_ADDRESS": place.temporal,
        "API_PORT": str(port),
        "PUBLIC_URL": url,
        "DATABASE_URL": place.api,
        "REDIS_URL": place.rest.redis_urls["api"],
        "JWT_SECRET": secret,
        "PAYLOAD_KEYS": PAYLOAD_KEY,
        "SEAL_SECRET": secrets.token_hex(32),
        "POLICY_FILE": str(ROOT / "policy" / "demo.json"),
        "S3_ENDPOINT": place.rest.s3_endpoint,
        "S3_BUCKET": place.rest.s3_bucket,
        "S3_ACCESS_KEY": key,
        "S3_SECRET_KEY": s3_secret,
        "REQUESTS_PER_MINUTE": "100000",  # a hundred pages are scrolled to in seconds
    }


@asynccontextmanager
async def _api(environment: dict[str, str], url: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api"), cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(120), httpx.AsyncClient(base_url=url, trust_env=False) as client:
            while not await _ready(client):
                if process.returncode is not None:
                    raise RuntimeError("The API ended by itself.")
                await asyncio.sleep(0.1)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/api/health/ready")).is_success
    except httpx.TransportError:
        return False
