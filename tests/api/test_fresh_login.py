"""AU17: a login is as fresh as its proof, and a step-up renews the proof of the session that asks."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from local_issuer import Twist, signed
from provider_setup import CALLBACK, FAILED, START, ProviderSetup, provider_setup, refusal
from served_api import PASSWORD, PUBLIC_URL, Member, World
from sqlalchemy import text

from api.tokens import Claims
from missions.permissions import Role
from probe.soft_authenticator import SoftAuthenticator

FRESH_ONLY = "/api/auth/passkeys/options"
"""A route that needs a fresh login."""
STEP_UP = "/api/auth/oauth/local/step-up"
HOUR_S = 3600


@pytest.fixture(scope="module")
async def place(api: World) -> AsyncIterator[ProviderSetup]:
    async with provider_setup(api) as made:
        yield made


@pytest.fixture(autouse=True)
def honest(place: ProviderSetup) -> None:
    """Each test begins with an issuer at which the person has just authenticated."""
    place.issuer.session_age_s = 0
    place.issuer.twist = lambda _: None


@dataclass(frozen=True)
class Stale:
    """A session whose proof of identity is an hour old."""

    member: Member
    http: httpx.AsyncClient


async def stale(api: World, member: Member) -> Stale:
    """Makes the member's session stale, with an access token of it."""
    change = text(
        "UPDATE shared.sessions SET authenticated_at = clock_timestamp() - interval '1 hour' WHERE id = :id"
    )
    async with api.owner.transaction() as session:
        await session.execute(change, {"id": member.session})
    return Stale(member, api.client(await renewed(api, member)))


async def renewed(api: World, member: Member) -> str:
    """The next access token of the member's session, as the console gets it after a redirect."""
    account = await api.people.by_id(member.person.id, member.person.org)
    query = text("SELECT authenticated_at FROM shared.sessions WHERE id = :id")
    async with api.owner.transaction() as session:
        proof = (await session.execute(query, {"id": member.session})).scalar_one()
    return api.tokens.issue(account.person, member.session, account.version, proof)


async def needs_step_up(client: httpx.AsyncClient) -> bool:
    answer = await client.post(FRESH_ONLY)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 401 and answer.json()["type"] == "step_up_required"


def asked(url: str) -> dict[str, str]:
    """What the authorization request asks the issuer for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def signed_in(place: ProviderSetup) -> tuple[httpx.AsyncClient, Claims]:
    """A browser that signs in at the issuer; with the claims of its access token."""
    browser = place.api.client()
    assert refusal(await place.sign_in(browser)) == "/"
    answer = await browser.post("/api/auth/refresh", headers={"Origin": PUBLIC_URL})
    token = answer.json()["accessToken"]
    return place.api.client(token), place.api.tokens.read(token)


async def test_au17_a_login_says_how_old_its_proof_may_be(place: ProviderSetup) -> None:
    """A login allows a proof as old as a session becomes; a step-up five minutes, and a new proof."""
    member = await place.api.member(Role.OPERATOR)
    login = asked((await place.api.client().get(START)).headers["Location"])
    assert (login["max_age"], login.get("prompt")) == (str(168 * HOUR_S), None)
    connection = asked((await member.http.post("/api/auth/oauth/local/connect")).json()["url"])
    assert (connection["max_age"], connection.get("prompt")) == (str(168 * HOUR_S), None)
    again = asked((await member.http.post(STEP_UP, json={})).json()["url"])
    assert (again["max_age"], again["prompt"]) == ("300", "login")


async def test_au17_a_session_is_as_fresh_as_the_proof_at_the_issuer(place: ProviderSetup) -> None:
    """A person who authenticated an hour ago at the issuer has to prove themselves again."""
    await place.connected("an hour ago")
    client, claims = await signed_in(place)
    assert not await needs_step_up(client)
    place.issuer.session_age_s = HOUR_S
    client, claims = await signed_in(place)
    assert HOUR_S - 5 <= time.time() - claims.authenticated_at.timestamp() <= HOUR_S + 60
    assert await needs_step_up(client)


async def test_au17_a_clock_that_is_ahead_gives_no_more_time(place: ProviderSetup) -> None:
    """An `auth_time` up to a minute in the future counts as now."""
    await place.connected("ahead")
    place.issuer.twist = lambda claims: signed(claims | {"auth_time": claims["iat"] + 50})
    _, claims = await signed_in(place)
    assert claims.authenticated_at.timestamp() <= time.time()


def _with_auth_time(value: object) -> Twist:
    return lambda claims: signed(claims | {"auth_time": value})


LIES: dict[str, Callable[[int, int], Twist]] = {
    "none": lambda *_: lambda claims: signed({key: claims[key] for key in claims if key != "auth_time"}),
    "null": lambda *_: _with_auth_time(None),
    "text": lambda now, _: _with_auth_time(str(now)),
    "true": lambda *_: _with_auth_time(value=True),
    "too old": lambda now, max_age: _with_auth_time(now - max_age - 90),
    "in the future": lambda now, _: _with_auth_time(now + 90),
    "never": lambda *_: _with_auth_time(0),
}


@pytest.mark.parametrize("lie", LIES)
async def test_au17_an_issuer_that_does_not_say_when_is_refused(place: ProviderSetup, lie: str) -> None:
    """Without a number of seconds within `max_age` nobody signs in, and no proof is renewed."""
    now, member = int(time.time()), await place.connected(f"liar-{lie}")
    place.issuer.twist = LIES[lie](now, 168 * HOUR_S)
    browser = place.api.client()
    assert refusal(await place.sign_in(browser)) == FAILED
    assert "refresh" not in browser.cookies
    session = await stale(place.api, member)
    place.issuer.twist = LIES[lie](now, 300)
    returned = await place.to_the_issuer_and_back(await session.http.post(STEP_UP, json={}))
    assert refusal(await session.http.get(CALLBACK, params=returned)) == FAILED
    assert await needs_step_up(place.api.client(await renewed(place.api, member)))


async def by_password(_: ProviderSetup, session: Stale) -> None:
    answer = await session.http.post("/api/auth/step-up", json={"password": PASSWORD})
    assert answer.status_code == 200, answer.text


async def by_code(place: ProviderSetup, session: Stale) -> None:
    key = (await session.member.http.post("/api/auth/totp")).json()["key"]
    code = {"code": pyotp.TOTP(key).now()}
    assert (await session.member.http.post("/api/auth/totp/confirm", json=code)).status_code == 204
    async with place.api.owner.transaction() as database:  # counts as used in an earlier period
        change = text("UPDATE shared.totp SET last_step = 0 WHERE person_id = :id")
        await database.execute(change, {"id": session.member.person.id})
    needed = await session.http.post("/api/auth/step-up", json={"password": PASSWORD})
    assert needed.json()["type"] == "second_factor_required"
    proof = {"password": PASSWORD, "code": pyotp.TOTP(key).now()}
    answer = await session.http.post("/api/auth/step-up", json=proof)
    assert answer.status_code == 200, answer.text


async def by_passkey(_: ProviderSetup, session: Stale) -> None:
    device = SoftAuthenticator(PUBLIC_URL)
    options = (await session.member.http.post(FRESH_ONLY)).json()["publicKey"]
    body = {"name": "Key", "credential": device.make(options)}
    assert (await session.member.http.post("/api/auth/passkeys", json=body)).status_code == 201
    options = (await session.http.post("/api/auth/passkeys/login/options")).json()["publicKey"]
    proof = {"credential": device.prove(options)}
    answer = await session.http.post("/api/auth/passkeys/step-up", json=proof)
    assert answer.status_code == 200, answer.text


async def by_issuer(place: ProviderSetup, session: Stale) -> None:
    returned = await place.to_the_issuer_and_back(
        await session.http.post(STEP_UP, json={"next": "/approvals?open=7"})
    )
    answer = await session.http.get(CALLBACK, params=returned)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PUBLIC_URL}/approvals?open=7")
    assert "refresh" not in session.http.cookies, "the session keeps its tokens"


@pytest.mark.parametrize("prove", [by_password, by_code, by_passkey, by_issuer], ids=lambda way: way.__name__)
async def test_au17_each_way_renews_the_proof_of_this_session(
    place: ProviderSetup, prove: Callable[[ProviderSetup, Stale], Awaitable[None]]
) -> None:
    """The session goes on, with a fresh proof; the person's other sessions stay as they are."""
    place.issuer.session_age_s = HOUR_S  # the issuer would have let the person through
    member = await place.connected(f"proves-{prove.__name__}")
    other = await stale(place.api, await place.api.signed_in(member.person.email))
    session = await stale(place.api, member)
    assert await needs_step_up(session.http)
    await prove(place, session)
    answer = await place.api.client().post("/api/auth/refresh", json={"refreshToken": member.refresh_token})
    token = answer.json()["accessToken"]
    claims = place.api.tokens.read(token)
    assert claims.session == member.session
    assert time.time() - claims.authenticated_at.timestamp() < 60
    assert not await needs_step_up(place.api.client(token))
    assert await needs_step_up(place.api.client(await renewed(place.api, other.member)))


async def test_au17_only_the_persons_own_identity_proves_them(place: ProviderSetup) -> None:
    """Another person's identity, an unconnected one and a denial change nothing, and lead back."""
    member, _ = await place.connected("own"), await place.connected("of another person")
    session = await stale(place.api, member)
    for subject, reason in (("of another person", "taken"), ("of no person", "unknown")):
        place.issuer.subject = subject
        returned = await place.to_the_issuer_and_back(
            await session.http.post(STEP_UP, json={"next": "/approvals?open=7"})
        )
        answer = await session.http.get(CALLBACK, params=returned)
        assert refusal(answer) == f"/approvals?open=7&refused={reason}"
    returned = await place.to_the_issuer_and_back(await session.http.post(STEP_UP, json={"next": "/queue"}))
    denied = {"state": returned["state"], "error": "login_required"}
    assert refusal(await session.http.get(CALLBACK, params=denied)) == "/queue?refused=denied"
    assert await needs_step_up(place.api.client(await renewed(place.api, member)))


async def test_au17_a_step_up_does_not_outlive_its_session(place: ProviderSetup) -> None:
    """A session that ended while the browser was at the issuer gets no proof, and no new session opens."""
    member = await place.connected("signs out")
    returned = await place.to_the_issuer_and_back(await member.http.post(STEP_UP, json={}))
    assert (await member.http.post("/api/auth/logout/everywhere")).status_code == 204
    member.http.cookies.delete("refresh")
    assert refusal(await member.http.get(CALLBACK, params=returned)) == FAILED
    assert "refresh" not in member.http.cookies


@pytest.mark.parametrize("where", ["//evil.example", "/\\evil.example", "https://evil.example", ""], ids=repr)
async def test_au17_a_step_up_comes_back_to_this_site(place: ProviderSetup, where: str) -> None:
    """A `next` outside this site is 422."""
    member = await place.api.member(Role.APPROVER)
    assert (await member.http.post(STEP_UP, json={"next": where})).status_code == 422


async def test_au17_an_earlier_proof_takes_nothing_back(place: ProviderSetup) -> None:
    """A step-up at the issuer that is older than the session's proof leaves the newer one."""
    member = await place.connected("earlier")
    before = place.api.tokens.read(await renewed(place.api, member)).authenticated_at
    place.issuer.twist = lambda claims: signed(claims | {"auth_time": claims["iat"] - 200})
    returned = await place.to_the_issuer_and_back(await member.http.post(STEP_UP, json={}))
    assert refusal(await member.http.get(CALLBACK, params=returned)) == "/"
    assert place.api.tokens.read(await renewed(place.api, member)).authenticated_at == before


async def test_au17_a_wrong_proof_is_not_an_ended_session(api: World) -> None:
    """A wrong password, code or passkey has a problem type of its own; an invalid token has another."""
    member = await api.member(Role.APPROVER)
    nonsense = {"credential": {"id": 7, "response": []}}
    requests = [
        ("/api/auth/step-up", {"password": "wrong"}),
        ("/api/auth/passkeys/step-up", nonsense),
        ("/api/auth/passkeys", nonsense | {"name": "Key"}),
        ("/api/auth/password", {"currentPassword": "wrong", "newPassword": "a much better passphrase"}),
        ("/api/auth/password/reset", {"token": "made up", "password": "a much better passphrase"}),
    ]
    for path, body in requests:
        answer = await member.http.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (401, "invalid_credentials"), path
    expired = await api.client("x").post("/api/auth/step-up", json={"password": PASSWORD})
    assert (expired.status_code, expired.json()["type"]) == (401, "about:blank")
