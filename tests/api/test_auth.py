"""Signing in, access tokens and sessions."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served_api import JWT_SECRET, PASSWORD, PUBLIC_URL, Member, World
from sqlalchemy import text

from api.access import PUBLIC
from api.tokens import Tokens
from missions.errors import UnauthenticatedError
from missions.permissions import Role
from missions.person import Person


async def test_who_knows_the_password_signs_in(api: World) -> None:
    """Login gives a working token and the person's data; the case of the e-mail address does not matter."""
    member = await api.member(Role.OPERATOR, Role.VIEWER, name="Olivia")
    body = {"email": member.person.email.upper(), "password": PASSWORD}
    session = (await api.client().post("/api/auth/login", json=body)).json()
    permissions = session["user"].pop("permissions")
    assert "start mission" in permissions
    assert "decide approval" not in permissions
    assert session["user"] == {
        "id": str(member.person.id),
        "email": member.person.email,
        "name": "Olivia",
        "org": "demo",
        "roles": ["OPERATOR", "VIEWER"],
        "services": None,
        "groups": [],
    }
    assert session["expiresIn"] == 900
    user = (await api.client(session["accessToken"]).get("/api/auth/me")).json()
    assert user == session["user"] | {"permissions": permissions}


async def test_au6_wrong_and_unknown_answer_the_same(api: World) -> None:
    """A wrong password and an unknown address get 401 with the same body."""
    member = await api.member(Role.OPERATOR)
    client = api.client()
    bodies = []
    for email in (member.person.email, "nobody@shop.example"):
        answer = await client.post("/api/auth/login", json={"email": email, "password": "wrong"})
        assert answer.status_code == 401
        bodies.append(answer.json() | {"correlationId": ""})
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@b.c"},
        {"email": "a@b.c", "password": ""},
        {"email": "a@b.c", "password": "x" * 257},
        {"email": "a" * 255, "password": "x"},
        {"email": ["a@b.c"], "password": "x"},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": "a@b.c", "password": "x", "roles": ["ADMIN"]},
        {"email": "a\0@b.c", "password": "x"},
    ],
    ids=repr,
)
async def test_what_is_no_login_is_refused(api: World, body: dict[str, Any]) -> None:
    """An invalid body is 422, and the response never repeats the password."""
    answer = await api.client().post("/api/auth/login", json=body)
    assert answer.status_code == 422
    assert "x" * 257 not in answer.text


async def test_a_password_may_hold_anything(api: World) -> None:
    """NUL, non-Latin scripts and 256 characters make a wrong password (401), not an error."""
    member = await api.member(Role.VIEWER)
    for password in ("\0", "支" * 256, PASSWORD + "\0"):
        body = {"email": member.person.email, "password": password}
        assert (await api.client().post("/api/auth/login", json=body)).status_code == 401


async def test_az1_every_route_asks_who_it_is(api: World) -> None:
    """Every route under /api except the public ones answers 401 without a token."""
    paths = api.app.openapi()["paths"]
    client = api.client()
    walked = set()
    for path, methods in paths.items():
        for method in methods:
            walked.add(path)
            if path in PUBLIC:
                continue
            answer = await client.request(method, re.sub(r"{\w+}", str(uuid4()), path), json={})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert walked >= set(PUBLIC)
    assert len(walked) >= 11
    hidden = [route.path for route in api.app.routes if isinstance(route, APIRoute)]
    assert set(hidden) <= walked


def _claims(member: Member) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "iss": PUBLIC_URL,
        "aud": "ops-agent",
        "sub": str(member.person.id),
        "org": "demo",
        "sid": str(member.session),
        "ver": "1.1",
        "typ": "access",
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "auth_time": int(now.timestamp()),
    }


def _signed(claims: dict[str, Any], key: str = JWT_SECRET, **headers: Any) -> str:
    return jwt.encode(claims, key, "HS256", {"kid": "1"} | headers)


def _raw(header: object, body: object, signature: str = "") -> str:
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, body)
    )
    return ".".join((*parts, signature))


def _without(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda claims: _signed({key: value for key, value in claims.items() if key != name})


def _with(**changes: Any) -> Callable[[dict[str, Any]], str]:
    return lambda claims: _signed(claims | changes)


_PAST = datetime.now(UTC) - timedelta(minutes=1)
_JSON = {"sub": "x", "exp": 9999999999}
FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": lambda claims: _raw({"alg": "none", "kid": "1"}, claims | {"iat": 0, "exp": 9999999999}),
    "alg None": lambda claims: _raw({"alg": "None", "kid": "1"}, claims | {"iat": 0, "exp": 9999999999}),
    "alg a list": lambda _: _raw({"alg": ["HS256"], "kid": "1"}, _JSON, "AAAA"),
    "no alg": lambda _: _raw({"kid": "1"}, _JSON, "AAAA"),
    "HS256 with another key": lambda claims: _signed(claims, "b" * 40),
    "HS256 with a public key": lambda claims: _signed(claims, "ssh" + "A" * 400),
    "HS512 with our key": lambda claims: jwt.encode(claims, JWT_SECRET * 2, "HS512", {"kid": "1"}),
    "embedded jwk": lambda claims: _signed(claims, "c" * 40, jwk={"kty": "oct", "k": "Y2Nj"}),
    "kid of a file": lambda claims: _signed(claims, kid="../../dev/null"),
    "kid of a file, empty key": lambda claims: _raw(
        {"alg": "HS256", "kid": "../../dev/null"}, claims | {"iat": 0, "exp": 9999999999}, "AAAA"
    ),
    "no kid": lambda claims: jwt.encode(claims, JWT_SECRET, "HS256"),
    "kid a number": lambda _: _raw({"alg": "HS256", "kid": 1}, _JSON, "AAAA"),
    "typ refresh": _with(typ="refresh"),
    "typ None": _with(typ=None),
    "aud a list": _with(aud=["ops-agent", "other"]),
    "aud another": _with(aud="other"),
    "iss another": _with(iss="http://evil.example"),
    "expired": _with(exp=_PAST),
    "from the future": _with(iat=datetime.now(UTC) + timedelta(hours=1)),
    "another person": _with(sub=str(uuid4())),
    "another organization": _with(org="other"),
    "another session": _with(sid=str(uuid4())),
    "another version of the person": _with(ver="2.1"),
    "another version of the membership": _with(ver="1.2"),
    "ver of the person only": _with(ver=1),
    "sid a number": _with(sid=5),
    "sid no id": _with(sid="x"),
    "ver no number": _with(ver="x"),
    "ver an object": _with(ver={}),
    "header an array": lambda _: _raw([], _JSON, "AAAA"),
    "header very deep": lambda _: base64.urlsafe_b64encode(b"[" * 8000).decode() + ".e30.AAAA",
    "empty parts": lambda _: "..",
    "one part": lambda _: "token",
    "five parts": lambda _: "a.b.c.d.e",
    **{
        f"no {name}": _without(name)
        for name in ("iss", "aud", "sub", "org", "sid", "ver", "typ", "jti", "iat", "exp", "auth_time")
    },
}


@pytest.mark.parametrize("kind", FORGED)
async def test_au3_a_token_is_ours_or_nothing(api: World, kind: str) -> None:
    """Every token that the API did not issue in exactly this form is 401."""
    member = await api.member(Role.ADMIN)
    claims = _claims(member)
    assert (await api.client(_signed(claims)).get("/api/auth/me")).status_code == 200
    if "iat" in kind or kind.startswith(("alg", "kid of a file, ")):
        claims |= {name: int(claims[name].timestamp()) for name in ("iat", "exp")}
    answer = await api.client(FORGED[kind](claims)).get("/api/auth/me")
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("header", ["", "Bearer", "Basic {}", "{}", "Token {}"])
async def test_only_bearer_tokens_are_read(api: World, header: str) -> None:
    """Any other way to send the token is 401."""
    member = await api.member(Role.ADMIN)
    sent = {"Authorization": header.format(member.token)}
    assert (await api.client().get("/api/auth/me", headers=sent)).status_code == 401
    assert (await api.client().get("/api/auth/me", params={"token": member.token})).status_code == 401


_ISSUER = Tokens(JWT_SECRET, PUBLIC_URL, timedelta(hours=2))  # longer than a slow run of all tests
_SOMEBODY = Person(id=uuid4(), org="demo", email="a@b.c", name="A", roles=frozenset({Role.ADMIN}))
_TOKEN = _ISSUER.issue(_SOMEBODY, uuid4(), "1.1", datetime.now(UTC))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, len(_TOKEN) - 1), byte=st.integers(0, 127))
def test_au3_no_byte_of_a_token_can_change(place: int, byte: int) -> None:
    """Every one-byte mutation is refused, including bits that base64 does not use."""
    mutated = _TOKEN[:place] + chr(byte) + _TOKEN[place + 1 :]
    if mutated != _TOKEN:
        with pytest.raises(UnauthenticatedError):
            _ISSUER.read(mutated)


def test_au3_no_byte_of_a_signature_can_change() -> None:
    """Every mutation of the signature is refused, including bytes that base64 ignores and added bytes."""
    _ISSUER.read(_TOKEN)
    start = _TOKEN.rindex(".") + 1
    others = [chr(byte) for byte in range(128)]
    mutations = {
        _TOKEN[:place] + other + _TOKEN[place + 1 :]
        for place in range(start, len(_TOKEN))
        for other in others
    }
    mutations |= {_TOKEN + other for other in others} | {_TOKEN + "=="}
    for mutated in mutations - {_TOKEN}:
        with pytest.raises(UnauthenticatedError):
            _ISSUER.read(mutated)


async def test_au1_a_revoked_session_is_over_at_once(api: World) -> None:
    """The next request of a revoked or expired session is 401; the person's other session still works."""
    member = await api.member(Role.OPERATOR)
    other = await api.signed_in(member.person.email)
    for column in ("revoked_at", "expires_at"):
        async with api.owner.transaction() as session:
            change = text(f"UPDATE shared.sessions SET {column} = clock_timestamp() WHERE id = :id")  # noqa: S608  one of two names above
            await session.execute(change, {"id": member.session})
        assert (await member.http.get("/api/auth/me")).status_code == 401
        assert (await other.http.get("/api/auth/me")).status_code == 200
        member, other = other, await api.signed_in(member.person.email)


async def test_au1_a_new_password_ends_every_session(api: World) -> None:
    """A new password changes the account's version, and tokens with the old version are 401."""
    member = await api.member(Role.OPERATOR)
    await api.people.add("demo", member.person.email, "New", "new hash", frozenset({Role.OPERATOR}))
    assert (await member.http.get("/api/auth/me")).status_code == 401


async def test_au1_a_demotion_counts_at_once(api: World) -> None:
    """The next request after a demotion is 403 with the same token; without any role nothing is readable."""
    member = await api.member(Role.OPERATOR)
    await api.mission(member)
    await api.set_roles(member, Role.VIEWER)
    body = {"prompt": "Another mission, please."}
    assert (await member.http.post("/api/missions", json=body)).status_code == 403
    await api.set_roles(member)
    assert (await member.http.get("/api/missions")).status_code == 403


async def test_who_left_the_organization_is_out(api: World) -> None:
    """Without a membership, the token is 401 and login fails."""
    member = await api.member(Role.ADMIN)
    async with api.owner.transaction() as session:
        gone = text("DELETE FROM shared.memberships WHERE person_id = :id")
        await session.execute(gone, {"id": member.person.id})
    assert (await member.http.get("/api/missions")).status_code == 401
    body = {"email": member.person.email, "password": PASSWORD}
    assert (await api.client().post("/api/auth/login", json=body)).status_code == 401


async def test_a_session_of_an_organization_that_an_earlier_version_deleted_ends(api: World) -> None:
    """That version dropped schema and roles and left the session open: a logout is 204 all the same."""
    member = await api.member(Role.VIEWER)
    await api.people.add_org("dropped", "")
    gone = "UPDATE shared.orgs SET status = 'DELETED' WHERE slug = 'dropped'"
    left = "UPDATE shared.sessions SET org = 'dropped' WHERE id = :id"
    async with api.owner.transaction() as session:
        await session.execute(text(gone))
        await session.execute(text(left), {"id": member.session})
    body = {"refreshToken": member.refresh_token}
    assert (await api.client().post("/api/auth/logout", json=body)).status_code == 204
    assert (await api.client().post("/api/auth/refresh", json=body)).status_code == 401
