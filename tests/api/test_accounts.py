"""How accounts are created, and how passwords change."""

from typing import Any

import pytest
from passlib.hash import bcrypt_sha256
from served_api import PASSWORD, Urls, World, world
from sqlalchemy import text

from missions.errors import ConflictError, GoneError
from missions.permissions import Role
from runtime.bootstrap import first_token, password_token
from runtime.local.servers import Addresses
from stores.passwords import Passwords

ORG = "demo"
NEW = "a much better passphrase"
LOGIN = "/api/auth/login"


async def test_au11_the_first_administrator_comes_by_a_one_time_token(servers: Addresses, urls: Urls) -> None:
    """Bootstrap needs the newest token, works once and then answers 410; before it, no login works."""
    async with world(servers, urls) as api:
        ada = {"email": "Ada@Shop.example", "password": NEW, "name": "Ada"}
        login = {"email": "ada@shop.example", "password": NEW}
        people = [(email, word) for email in ("admin", "admin@shop.example") for word in ("admin", PASSWORD)]
        for email, password in people:
            answer = await api.client().post(LOGIN, json={"email": email, "password": password})
            assert answer.status_code == 401
        old = await first_token(urls.owner, ORG)
        token = await first_token(urls.owner, ORG)
        for wrong in (old, "x", token[:-1]):
            answer = await api.client().post("/api/auth/bootstrap", json={"token": wrong, **ada})
            assert answer.status_code == 401
        assert (await api.client().post(LOGIN, json=login)).status_code == 401
        made = await api.client().post("/api/auth/bootstrap", json={"token": token, **ada})
        assert made.status_code == 201
        assert made.json()["user"]["roles"] == ["ADMIN"]
        again = await api.client().post("/api/auth/bootstrap", json={"token": token, **ada})
        assert again.status_code == 410
        assert (await api.client().post(LOGIN, json=login)).status_code == 200
        for body in ({"token": "x", **ada}, {"token": token, **ada, "email": "b@c.example"}):
            assert (await api.client().post("/api/auth/bootstrap", json=body)).status_code == 410


async def test_az12_there_is_one_first_organization(servers: Addresses, urls: Urls) -> None:
    """Bootstrap for another organization adds none, neither before nor after the first administrator."""
    async with world(servers, urls) as api:
        token = await first_token(urls.owner, ORG)
        with pytest.raises(ConflictError):
            await first_token(urls.owner, "another")
        ada = {"token": token, "email": "ada@shop.example", "password": NEW, "name": "Ada"}
        assert (await api.client().post("/api/auth/bootstrap", json=ada)).status_code == 201
        with pytest.raises(GoneError):
            await first_token(urls.owner, "another")
        async with api.owner.transaction() as session:
            firsts = await session.scalars(text("SELECT slug FROM shared.orgs WHERE parent IS NULL"))
            assert list(firsts) == [ORG]


async def test_registering_opens_nothing(api: World) -> None:
    """Registering gives 201 but no login until an administrator adds the person and a new password is set."""
    body = {"email": "Rita@shop.example", "password": NEW, "name": "Rita"}
    answer = await api.client().post("/api/auth/register", json=body)
    assert answer.status_code == 201
    assert answer.json()["user"] | {"id": ""} == {"id": "", "email": "rita@shop.example", "name": "Rita"}
    login = {"email": "rita@shop.example", "password": NEW}
    assert (await api.client().post(LOGIN, json=login)).status_code == 401
    admin = await api.member(Role.ADMIN)
    wanted = {"email": "rita@shop.example", "name": "Rita", "roles": ["VIEWER"]}
    added = (await admin.http.post("/api/users", json=wanted)).json()
    assert (await api.client().post(LOGIN, json=login)).status_code == 401
    reset = {"token": added["link"]["token"], "password": "her own passphrase now"}
    assert (await api.client().post("/api/auth/password/reset", json=reset)).status_code == 204
    login["password"] = "her own passphrase now"
    assert (await api.client().post(LOGIN, json=login)).status_code == 200


async def test_au6_registering_a_known_address_answers_the_same(api: World) -> None:
    """A known address gets the same status, shape and hashing cost, and its account does not change."""
    member = await api.member(Role.VIEWER)
    bodies = []
    for email in (member.person.email, "nobody-yet@shop.example"):
        before = api.passwords.hashed
        answer = await api.client().post(
            "/api/auth/register", json={"email": email, "password": NEW, "name": "Somebody"}
        )
        assert api.passwords.hashed == before + 1
        assert answer.status_code == 201
        bodies.append(answer.json()["user"])
    assert str(member.person.id) != bodies[0]["id"]
    assert [body["id"][14] for body in bodies] == ["7", "7"], "the same kind of id"
    assert (await member.http.get("/api/auth/me")).json()["name"] == member.person.name
    body = {"email": member.person.email, "password": PASSWORD}
    assert (await api.client().post(LOGIN, json=body)).status_code == 200


async def test_au6_every_login_costs_one_hash(api: World) -> None:
    """Every login attempt costs exactly one hash, and all refusals have the same body."""
    member, disabled = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    admin = await api.member(Role.ADMIN)
    await admin.http.patch(f"/api/users/{disabled.person.id}", json={"disabled": True})
    wanted = {"email": "later@shop.example", "name": "Later", "roles": ["VIEWER"]}
    assert (await admin.http.post("/api/users", json=wanted)).status_code == 201
    tries = [
        (member.person.email, PASSWORD, 200),
        (member.person.email, "wrong", 401),
        ("unknown@shop.example", PASSWORD, 401),
        (disabled.person.email, PASSWORD, 401),
        ("later@shop.example", PASSWORD, 401),
    ]
    refusals = []
    for email, password, status in tries:
        before = api.passwords.hashed
        answer = await api.client().post(LOGIN, json={"email": email, "password": password})
        assert (answer.status_code, api.passwords.hashed - before) == (status, 1), email
        if status == 401:
            refusals.append(answer.json() | {"correlationId": ""})
    assert all(refusal == refusals[0] for refusal in refusals)


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 11, "x" * 257, "aaaaaaaaaaaaaa", "password12345", "P@ssw0rd1234!", "123456789012"],
    ids=repr,
)
async def test_au5_a_weak_password_is_refused(api: World, password: str) -> None:
    """Every route that sets a password answers 422, and the response does not repeat the password."""
    member = await api.member(Role.VIEWER)
    token = await password_token(api.urls.owner, member.person.email)
    requests: list[tuple[Any, str, dict[str, str]]] = [
        (api.client(), "/api/auth/register", {"email": "a@b.example", "name": "A", "password": password}),
        (api.client(), "/api/auth/password/reset", {"token": token, "password": password}),
        (member.http, "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": password}),
    ]
    for client, path, body in requests:
        answer = await client.post(path, json=body)
        assert answer.status_code == 422, path
        assert password not in answer.text


async def test_au5_the_whole_password_counts_at_cost_12(api: World) -> None:
    """Two passwords that share 72 of 80 bytes do not verify as each other; the stored hash has cost 12."""
    shared = ("correct horse battery staple " * 3)[:72]
    first, second = shared + "a" * 8, shared + "b" * 8
    body = {"email": "long@shop.example", "password": first, "name": "Long"}
    assert (await api.client().post("/api/auth/register", json=body)).status_code == 201
    async with api.owner.transaction() as session:
        query = text("SELECT password_hash FROM shared.people WHERE email = 'long@shop.example'")
        stored = (await session.execute(query)).scalar_one()
    assert bcrypt_sha256.from_string(stored).rounds == 12
    passwords = Passwords(rounds=4)
    assert await passwords.verify(first, stored)
    assert not await passwords.verify(second, stored)


async def test_a_new_password_ends_the_other_sessions(api: World) -> None:
    """This session continues with a new access token; all old access tokens are refused at once."""
    member = await api.member(Role.OPERATOR)
    other = await api.signed_in(member.person.email)
    body = {"currentPassword": "wrong", "newPassword": NEW}
    assert (await member.http.post("/api/auth/password", json=body)).status_code == 401
    body["currentPassword"] = PASSWORD
    answer = await member.http.post("/api/auth/password", json=body)
    assert answer.status_code == 200
    for signed_in in (member, other):
        assert (await signed_in.http.get("/api/auth/me")).status_code == 401
    assert (await api.client(answer.json()["accessToken"]).get("/api/auth/me")).status_code == 200
    renewals = [{"refreshToken": signed_in.refresh_token} for signed_in in (member, other)]
    answers = [await api.client().post("/api/auth/refresh", json=renewal) for renewal in renewals]
    assert [answer.status_code for answer in answers] == [200, 401]
    login = {"email": member.person.email, "password": NEW}
    assert (await api.client().post(LOGIN, json=login)).status_code == 200


async def test_a_link_sets_a_password_once(api: World) -> None:
    """Using a link ends all sessions of the person; a second use, an older and an invented link are 401."""
    member, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    path = f"/api/users/{member.person.id}/password-link"
    older = (await admin.http.post(path)).json()["token"]
    link = (await admin.http.post(path)).json()
    assert link["url"].endswith(f"/set-password#token={link['token']}")
    statuses = []
    for token in (older, "made-up", link["token"], link["token"]):
        body = {"token": token, "password": NEW}
        statuses.append((await api.client().post("/api/auth/password/reset", json=body)).status_code)
    assert statuses == [401, 401, 204, 401]
    assert (await member.http.get("/api/auth/me")).status_code == 401
    login = {"email": member.person.email, "password": NEW}
    assert (await api.client().post(LOGIN, json=login)).status_code == 200
