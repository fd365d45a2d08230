"""TOTP codes, and fresh logins."""

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
from served_api import PASSWORD, Member, World
from sqlalchemy import text

from missions.permissions import Role

LOGIN = "/api/auth/login"


async def spent_long_ago(api: World, member: Member) -> None:
    """Makes the last code count as used in an earlier period."""
    async with api.owner.transaction() as session:
        change = text("UPDATE shared.totp SET last_step = 0 WHERE person_id = :id")
        await session.execute(change, {"id": member.person.id})


async def enrolled(api: World) -> tuple[Member, pyotp.TOTP]:
    member = await api.member(Role.APPROVER)
    made = (await member.http.post("/api/auth/totp")).json()
    totp = pyotp.parse_uri(made["url"])
    assert isinstance(totp, pyotp.TOTP)
    assert totp.secret == made["key"]
    answer = await member.http.post("/api/auth/totp/confirm", json={"code": totp.now()})
    assert answer.status_code == 204
    return member, totp


async def test_au10_a_code_is_needed_and_works_once(api: World) -> None:
    """After a correct password the code is required, and each code works once, even for parallel logins."""
    member, totp = await enrolled(api)
    assert (await member.http.get("/api/auth/totp")).json() == {"totp": True}
    body = {"email": member.person.email, "password": PASSWORD}
    wrong = await api.client().post(LOGIN, json=body | {"password": "wrong"})
    assert wrong.json()["type"] == "invalid_credentials"
    needed = await api.client().post(LOGIN, json=body)
    assert (needed.status_code, needed.json()["type"]) == (401, "second_factor_required")
    assert (await api.client().post(LOGIN, json=body | {"code": totp.now()})).status_code == 401, "used"
    await spent_long_ago(api, member)
    code = {"code": totp.now()}
    answers = await asyncio.gather(*(api.client().post(LOGIN, json=body | code) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_au10_codes_are_counted_as_passwords_are(api: World) -> None:
    """Wrong codes are rate-limited, so a known password does not allow trying all codes."""
    member, totp = await enrolled(api)
    await spent_long_ago(api, member)
    right = totp.now()
    body = {"email": member.person.email, "password": PASSWORD, "code": "000000"}
    if right == "000000":
        body["code"] = "000001"
    statuses = [(await api.client().post(LOGIN, json=body)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert (await api.client().post(LOGIN, json=body | {"code": right})).status_code == 429


async def test_au10_what_changes_how_one_signs_in_needs_a_fresh_login(api: World) -> None:
    """An old `auth_time` is 401 `step_up_required`; a step-up with password and code renews it."""
    member, totp = await enrolled(api)
    old = datetime.now(UTC) - timedelta(minutes=6)
    stale = api.client(api.tokens.issue(member.person, member.session, "1.1", old))
    for path, body in (("/api/auth/totp", {}), ("/api/auth/totp/disable", {"code": totp.now()})):
        answer = await stale.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (401, "step_up_required"), path
    needed = await stale.post("/api/auth/step-up", json={"password": PASSWORD})
    assert needed.json()["type"] == "second_factor_required"
    await spent_long_ago(api, member)
    proof = {"password": PASSWORD, "code": totp.now()}
    fresh = api.client((await stale.post("/api/auth/step-up", json=proof)).json()["accessToken"])
    await spent_long_ago(api, member)
    answer = await fresh.post("/api/auth/totp/disable", json={"code": totp.now()})
    assert answer.status_code == 204
    body = {"email": member.person.email, "password": PASSWORD}
    assert (await api.client().post(LOGIN, json=body)).status_code == 200


async def test_a_key_counts_once_it_is_confirmed(api: World) -> None:
    """An unconfirmed key needs no code at login; a wrong code is 401, and a second key 409."""
    member = await api.member(Role.VIEWER)
    assert (await member.http.post("/api/auth/totp/confirm", json={"code": "123456"})).status_code == 404
    first = (await member.http.post("/api/auth/totp")).json()["key"]
    second = (await member.http.post("/api/auth/totp")).json()["key"]
    assert first != second
    body = {"email": member.person.email, "password": PASSWORD}
    assert (await api.client().post(LOGIN, json=body)).status_code == 200
    wrong = pyotp.TOTP(first).now()
    assert (await member.http.post("/api/auth/totp/confirm", json={"code": wrong})).status_code == 401
    right = {"code": pyotp.TOTP(second).now()}
    assert (await member.http.post("/api/auth/totp/confirm", json=right)).status_code == 204
    assert (await member.http.post("/api/auth/totp")).status_code == 409


async def test_a_key_is_sealed_in_the_database(api: World) -> None:
    """A database dump contains no TOTP key."""
    _, totp = await enrolled(api)
    async with api.owner.transaction() as session:
        rows = (
            await session.execute(text("SELECT string_agg(t::text, ' ') FROM shared.totp t"))
        ).scalar_one()
    assert totp.secret not in rows
