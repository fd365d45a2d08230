"""Sign-in with an identity provider: a real code flow with a local OpenID issuer."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from local_issuer import CLIENT, OTHER_KEY, PUBLIC, Twist, signed
from provider_setup import CALLBACK, FAILED, START, ProviderSetup, provider_setup, refusal
from served_api import PUBLIC_URL, World, world
from sqlalchemy import text

from missions.permissions import Role
from runtime.setting_types import OidcProvider


@pytest.fixture(scope="module")
async def place(api: World) -> AsyncIterator[ProviderSetup]:
    async with provider_setup(api) as made:
        yield made


async def test_au9_an_identity_signs_its_owner_in(place: ProviderSetup) -> None:
    """The code flow ends with a refresh cookie and a redirect to `next`."""
    member = await place.connected("owner")
    client = place.api.client()
    returned = await place.to_the_issuer_and_back(
        await client.get(START, params={"next": "/missions?mine=1"})
    )
    answer = await client.get(CALLBACK, params=returned)
    assert (answer.status_code, answer.headers["Location"]) == (302, PUBLIC_URL + "/missions?mine=1")
    session = await client.post("/api/auth/refresh", headers={"Origin": PUBLIC_URL})
    assert session.json()["user"]["id"] == str(member.person.id)
    assert (await place.api.client().get("/api/auth/oauth/providers")).json() == {"providers": ["local"]}


async def test_au9_nobody_is_linked_by_an_address(place: ProviderSetup) -> None:
    """An identity is not linked by its e-mail address: an unconnected one is refused."""
    await place.api.people.add("demo", "somebody@shop.example", "Somebody", "hash", frozenset({Role.ADMIN}))
    place.issuer.subject = "stranger"
    client = place.api.client()
    assert refusal(await place.sign_in(client)) == "/?refused=unknown"
    assert "refresh" not in client.cookies


async def audited_as(api: World, answer: httpx.Response) -> list[str]:
    """The audit entries of one request."""
    query = text("SELECT deed FROM audit_entries WHERE correlation_id = :id")
    async with api.owner.transaction("demo") as session:
        values = {"id": answer.headers["X-Correlation-Id"]}
        return list((await session.scalars(query, values)).all())


async def test_au9_an_identity_has_one_owner(place: ProviderSetup) -> None:
    """A second person cannot connect the identity; the owner can disconnect it."""
    first, second = await place.connected("shared"), await place.api.member(Role.VIEWER)
    begun = await second.http.post("/api/auth/oauth/local/connect")
    returned = await place.to_the_issuer_and_back(begun)
    assert refusal(await second.http.get(CALLBACK, params=returned)) == "/settings?refused=taken"
    assert (await first.http.get("/api/auth/oauth/connected")).json() == {"providers": ["local"]}
    assert (await second.http.get("/api/auth/oauth/connected")).json() == {"providers": []}
    given_up = await first.http.delete("/api/auth/oauth/local")
    assert given_up.status_code == 204
    assert await audited_as(place.api, given_up) == ["identity.disconnected"], "LG4"
    assert refusal(await place.sign_in(place.api.client())) == "/?refused=unknown"


async def test_au9_nothing_is_used_twice_or_elsewhere(place: ProviderSetup) -> None:
    """A replay, another browser, an unknown state, a stolen code and another issuer are refused."""
    await place.connected("owner-2")
    client, other = place.api.client(), place.api.client()
    returned = await place.to_the_issuer_and_back(await client.get(START))
    assert refusal(await other.get(CALLBACK, params=returned)) == FAILED, "another browser"
    assert refusal(await client.get(CALLBACK, params=returned)) == "/"
    assert refusal(await client.get(CALLBACK, params=returned)) == FAILED, "again"
    mine = await place.to_the_issuer_and_back(await other.get(START))
    theirs = await place.to_the_issuer_and_back(await client.get(START))
    injected = mine | {"code": theirs["code"]}
    assert refusal(await other.get(CALLBACK, params=injected)) == FAILED, "PKCE: a code of another login"
    mine = await place.to_the_issuer_and_back(await other.get(START))
    assert refusal(await other.get(CALLBACK, params=mine | {"state": "x"})) == FAILED
    mine = await place.to_the_issuer_and_back(await other.get(START))
    assert refusal(await other.get(CALLBACK, params=mine | {"iss": "https://evil.example"})) == FAILED
    assert "refresh" not in other.cookies


async def test_au9_a_refusal_of_the_provider_reflects_nothing(place: ProviderSetup) -> None:
    """The provider's error text is never reflected, and a callback without parameters is refused."""
    client = place.api.client()
    for error in ("access_denied", "<script>alert(1)</script>", "x\r\nSet-Cookie: y=z"):
        returned = await place.to_the_issuer_and_back(await client.get(START))
        params = {"state": returned["state"], "error": error, "error_description": "Call 555 now"}
        assert refusal(await place.api.client().get(CALLBACK, params=params)) == FAILED, "another browser"
        assert refusal(await client.get(CALLBACK, params=params)) == "/?refused=denied"
        assert refusal(await client.get(CALLBACK, params=returned)) == FAILED, "the binding is gone"
    assert refusal(await client.get(CALLBACK)) == FAILED


async def test_au9_a_denied_connection_leads_back_to_the_settings(place: ProviderSetup) -> None:
    """The person is signed in: the sign-in page would not be shown."""
    member = await place.api.member(Role.OPERATOR)
    returned = await place.to_the_issuer_and_back(await member.http.post("/api/auth/oauth/local/connect"))
    params = {"state": returned["state"], "error": "access_denied"}
    assert refusal(await member.http.get(CALLBACK, params=params)) == "/settings?refused=denied"


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "kid": "k"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


TWISTS: dict[str, Twist] = {
    "another nonce": lambda claims: signed(claims | {"nonce": "x"}),
    "no nonce": lambda claims: signed({name: value for name, value in claims.items() if name != "nonce"}),
    "another audience": lambda claims: signed(claims | {"aud": "somebody-else"}),
    "two audiences": lambda claims: signed(claims | {"aud": [CLIENT, "other"], "azp": "other"}),
    "another issuer": lambda claims: signed(claims | {"iss": "https://evil.example"}),
    "expired": lambda claims: signed(claims | {"exp": claims["iat"] - 120}),
    "no exp": lambda claims: signed({name: value for name, value in claims.items() if name != "exp"}),
    "another key": lambda claims: signed(claims, OTHER_KEY),
    "unknown key": lambda claims: signed(claims, OTHER_KEY, "k2"),
    "alg none": unsigned,
    "signed with what is public": lambda claims: jwt.encode(claims, PUBLIC["n"], "HS256", {"kid": "k"}),
    "no token": lambda _: "x",
}


@pytest.mark.parametrize("twist", TWISTS)
async def test_au9_a_token_is_the_issuers_or_nothing(place: ProviderSetup, twist: str) -> None:
    """An invalid ID token is refused, and the browser gets no session."""
    await place.connected(f"twisted-{twist}")
    client = place.api.client()
    place.issuer.twist = TWISTS[twist]
    try:
        answer = await place.sign_in(client)
    finally:
        place.issuer.twist = lambda _: None
    assert refusal(answer) == FAILED
    assert "refresh" not in client.cookies


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/a\r\nSet-Cookie: x=y",
        "/@evil:x",
        "",
    ],
    ids=repr,
)
async def test_au9_one_comes_back_to_this_site(place: ProviderSetup, where: str) -> None:
    """A `next` outside this site is 422."""
    assert (await place.api.client().get(START, params={"next": where})).status_code == 422


async def test_au9_unknown_and_dead_issuers(api: World, place: ProviderSetup) -> None:
    """An unknown provider is 404, an unreachable one 503, and an expired login is refused."""
    assert (await place.api.client().get("/api/auth/oauth/nobody/start")).status_code == 404
    dead = OidcProvider(name="dead", issuer="http://127.0.0.1:9", client_id="x", client_secret="y")
    async with world(api.places, api.urls, oidc_providers=(dead,)) as made:
        assert (await made.client().get("/api/auth/oauth/dead/start")).status_code == 503
    client = place.api.client()
    returned = await place.to_the_issuer_and_back(await client.get(START))
    async with place.api.owner.transaction() as session:
        await session.execute(text("UPDATE shared.challenges SET expires_at = clock_timestamp()"))
    assert refusal(await client.get(CALLBACK, params=returned)) == FAILED
