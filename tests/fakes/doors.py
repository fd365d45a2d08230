"""Every way in: a visitor who holds the means for each of them, and a function that tries it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
from local_issuer import LocalIssuer
from served_api import PASSWORD, PUBLIC_URL, Member, World
from socket_client import SocketClient
from socketio.exceptions import SocketIOError

from missions.errors import OpsError
from missions.event import Started
from missions.permissions import Role
from probe.soft_authenticator import SoftAuthenticator

ROLES = frozenset({Role.ADMIN, Role.OPERATOR})
PROVIDER = "local"


@dataclass(frozen=True)
class Visitor:
    """A member of an organization with everything that lets a person in, made before anything changes."""

    api: World
    issuer: LocalIssuer
    member: Member
    subject: str
    passkey: SoftAuthenticator
    program: UUID
    key: str
    codec_path: str
    mission_id: UUID
    socket: SocketClient
    events: AsyncIterator[str]

    @classmethod
    async def of(cls, api: World, issuer: LocalIssuer, org: str, until: AsyncExitStack) -> "Visitor":
        """A new member of this organization, whose socket and stream are open until the stack ends."""
        member = await api.member(*ROLES, org=org)
        mission_id = await api.mission(member)
        program, key = await api_key(member)
        link = await member.http.post("/api/codec/links")
        stream = member.http.stream("GET", f"/api/missions/{mission_id}/stream")
        events = (await until.enter_async_context(stream)).aiter_lines()
        while await anext(events) != "id: 1":
            pass
        return cls(
            api=api,
            issuer=issuer,
            member=member,
            subject=await connected_identity(api, issuer, member),
            passkey=await registered_passkey(member),
            program=program,
            key=key,
            codec_path=urlsplit(link.json()["endpoint"]).path,
            mission_id=mission_id,
            socket=await connected_socket(api, member.token, until),
            events=events,
        )


async def api_key(admin: Member) -> tuple[UUID, str]:
    """A service account of the administrator's organization with an API key."""
    made = await admin.http.post("/api/service-accounts", json={"name": "Program", "roles": ["OPERATOR"]})
    path = f"/api/service-accounts/{made.json()['id']}/keys"
    key = await admin.http.post(path, json={"name": "Key", "roles": ["OPERATOR", "VIEWER"]})
    return UUID(made.json()["id"]), key.json()["key"]


async def registered_passkey(member: Member) -> SoftAuthenticator:
    """A device with a passkey of this person."""
    device = SoftAuthenticator(PUBLIC_URL)
    options = (await member.http.post("/api/auth/passkeys/options")).json()["publicKey"]
    body = {"name": "Key", "credential": device.make(options)}
    assert (await member.http.post("/api/auth/passkeys", json=body)).status_code == 201
    return device


async def connected_identity(api: World, issuer: LocalIssuer, member: Member) -> str:
    """The subject of an identity that the person connected."""
    subject = uuid4().hex
    begun = await member.http.post(f"/api/auth/oauth/{PROVIDER}/connect")
    answer = await _returned(api, issuer, member.http, begun.json()["url"], subject)
    assert answer.headers["Location"] == f"{PUBLIC_URL}/settings"
    return subject


async def connected_socket(api: World, token: str, until: AsyncExitStack) -> SocketClient:
    """A client that is connected until the stack ends. Raises SocketIOError where it is refused."""
    socket = SocketClient()
    until.push_async_callback(socket.close)
    await socket.client.connect(api.url, auth={"token": token}, transports=["websocket"], wait_timeout=60)
    return socket


async def _returned(
    api: World, issuer: LocalIssuer, browser: httpx.AsyncClient, url: str, subject: str
) -> httpx.Response:
    """The callback's answer after a login at the issuer as this subject."""
    issuer.subject = subject
    back = await api.client().get(url)
    query = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["Location"]).query).items()}
    return await browser.get(f"/api/auth/oauth/{PROVIDER}/callback", params=query)


Entered = frozenset[Role] | None
"""The roles with which a visitor comes in; None where they do not."""
Door = Callable[[Visitor], Awaitable[Entered]]


def _entered(answer: httpx.Response) -> Entered:
    """The roles of a session's answer."""
    assert answer.status_code in (200, 401), answer.text
    return _roles(answer.json()["user"]["roles"]) if answer.status_code == 200 else None


def _roles(names: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


async def by_password(visitor: Visitor) -> Entered:
    """Signs in with the password, without naming an organization."""
    body = {"email": visitor.member.person.email, "password": PASSWORD}
    return _entered(await visitor.api.client().post("/api/auth/login", json=body))


async def by_passkey(visitor: Visitor) -> Entered:
    """Signs in with the passkey, without naming an organization."""
    client = visitor.api.client()
    options = (await client.post("/api/auth/passkeys/login/options")).json()["publicKey"]
    proof = {"credential": visitor.passkey.prove(options)}
    return _entered(await client.post("/api/auth/passkeys/login", json=proof))


async def by_openid(visitor: Visitor) -> Entered:
    """Signs in at the identity provider; the browser then renews the session."""
    browser = visitor.api.client()
    begun = await browser.get(f"/api/auth/oauth/{PROVIDER}/start")
    url = begun.headers["Location"]
    answer = await _returned(visitor.api, visitor.issuer, browser, url, visitor.subject)
    if answer.headers["Location"] != f"{PUBLIC_URL}/":
        assert "refused=unknown" in answer.headers["Location"]
        return None
    return _entered(await browser.post("/api/auth/refresh", headers={"Origin": PUBLIC_URL}))


async def by_refresh_token(visitor: Visitor) -> Entered:
    """Renews the session."""
    body = {"refreshToken": visitor.member.refresh_token}
    return _entered(await visitor.api.client().post("/api/auth/refresh", json=body))


async def by_api_key(visitor: Visitor) -> Entered:
    """Sends a request with the API key."""
    answer = await visitor.api.client(visitor.key).get("/api/auth/me")
    assert answer.status_code in (200, 401), answer.text
    return _roles(answer.json()["roles"]) if answer.status_code == 200 else None


async def by_access_token(visitor: Visitor) -> Entered:
    """Sends a request with the access token."""
    answer = await visitor.member.http.get("/api/auth/me")
    assert answer.status_code in (200, 401), answer.text
    return _roles(answer.json()["roles"]) if answer.status_code == 200 else None


async def by_artifact(visitor: Visitor) -> Entered:
    """Asks for the link to an artifact; the answer to a person is that it does not exist."""
    answer = await visitor.member.http.get(f"/api/artifacts/{uuid4()}")
    assert answer.status_code in (401, 404), answer.text
    return ROLES if answer.status_code == 404 else None


async def by_codec_link(visitor: Visitor) -> Entered:
    """Decodes payloads with the codec link."""
    answer = await visitor.api.client().post(f"{visitor.codec_path}/decode", json={"payloads": []})
    assert answer.status_code in (200, 401, 403), answer.text
    return ROLES if answer.status_code == 200 else None


async def by_new_socket(visitor: Visitor) -> Entered:
    """Connects a socket with the access token."""
    async with AsyncExitStack() as until:
        try:
            await connected_socket(visitor.api, visitor.member.token, until)
        except SocketIOError:
            return None
        return ROLES


async def by_open_socket(visitor: Visitor) -> Entered:
    """Subscribes to a mission on the socket that is already open."""
    try:
        answer = await visitor.socket.call("mission:subscribe", str(visitor.mission_id))
    except SocketIOError:  # disconnected by the server
        return None
    return ROLES if answer.get("ok") else None


async def by_stream(visitor: Visitor) -> Entered:
    """Reads the stream that is already open until a new step or its end."""
    org, seq = visitor.member.person.org, 0
    with contextlib.suppress(OpsError):  # a deleted organization has no missions
        recorded = await visitor.api.journal.append(org, visitor.mission_id, "agent", Started())
        seq = recorded.event.seq
    async for line in visitor.events:
        if line == f"id: {seq}":
            return ROLES
    return None


NEW_SESSIONS: dict[str, Door] = {
    "password": by_password,
    "passkey": by_passkey,
    "openid": by_openid,
    "refresh token": by_refresh_token,
    "api key": by_api_key,
}
"""Ways in that read the rights of this moment."""
OLD_SESSIONS: dict[str, Door] = {
    "access token": by_access_token,
    "artifact": by_artifact,
    "codec link": by_codec_link,
    "new socket": by_new_socket,
    "open socket": by_open_socket,
    "open stream": by_stream,
}
"""Ways in with the access token of a session. It is invalid once its person's rights change."""
DOORS = NEW_SESSIONS | OLD_SESSIONS
