"""Refresh tokens, cookies, logout, and the list of sessions."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from served_api import PASSWORD, PUBLIC_URL, Member, World, world
from sqlalchemy import text

from missions.permissions import Role

REFRESH, LOGOUT, ME = "/api/auth/refresh", "/api/auth/logout", "/api/auth/me"
OURS = {"Origin": PUBLIC_URL}


async def renew(api: World, token: str) -> httpx.Response:
    return await api.client().post(REFRESH, json={"refreshToken": token})


async def use_earlier(api: World, seconds: int) -> None:
    """Makes every used token count as used that many seconds earlier."""
    async with api.owner.transaction() as session:
        change = "UPDATE shared.refresh_tokens SET used_at = used_at - :seconds * interval '1 second'"
        await session.execute(text(change), {"seconds": seconds})


async def count(api: World, member: Member, *, unused: bool = False) -> int:
    query = "SELECT count(*) FROM shared.refresh_tokens WHERE session_id = :id"
    query += " AND used_at IS NULL" if unused else ""
    async with api.owner.transaction() as session:
        return int((await session.execute(text(query), {"id": member.session})).scalar_one())


async def test_a_refresh_token_gives_the_next(api: World) -> None:
    """A refresh gives a new access token of the same session and the next refresh token."""
    member = await api.member(Role.OPERATOR)
    token = member.refresh_token
    for _ in range(3):
        answer = await renew(api, token)
        assert answer.status_code == 200
        session = answer.json()
        assert session["refreshToken"] != token
        assert len(session["refreshToken"]) == 43, "256 bits"
        token = session["refreshToken"]
        assert (await api.client(session["accessToken"]).get(ME)).json() == session["user"]


async def test_au2_fifty_parallel_refreshes_leave_one_lineage(api: World) -> None:
    """All get the same next token, exactly one token is unused, and the session continues."""
    member = await api.member(Role.OPERATOR)
    answers = await asyncio.gather(*(renew(api, member.refresh_token) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    following = {answer.json()["refreshToken"] for answer in answers}
    assert len(following) == 1
    assert (await count(api, member), await count(api, member, unused=True)) == (2, 1)
    assert (await renew(api, following.pop())).status_code == 200
    assert (await member.http.get(ME)).status_code == 200


async def test_au2_a_replay_after_ten_seconds_ends_the_family(api: World) -> None:
    """A late replay ends the session for all holders and is audited; the person's other session continues."""
    member = await api.member(Role.OPERATOR)
    other = await api.signed_in(member.person.email)
    following = (await renew(api, member.refresh_token)).json()["refreshToken"]
    await use_earlier(api, 11)
    assert (await renew(api, member.refresh_token)).status_code == 401
    assert (await renew(api, following)).status_code == 401
    assert (await member.http.get(ME)).status_code == 401
    assert (await other.http.get(ME)).status_code == 200
    assert "session.reused" in await api.audited(f"session/{member.session}")


async def test_au2_only_the_previous_token_has_leeway(api: World) -> None:
    """A token older than the previous one counts as a replay at once."""
    member = await api.member(Role.OPERATOR)
    second = (await renew(api, member.refresh_token)).json()["refreshToken"]
    assert (await renew(api, member.refresh_token)).json()["refreshToken"] == second
    assert (await renew(api, second)).status_code == 200
    assert (await renew(api, member.refresh_token)).status_code == 401
    assert (await member.http.get(ME)).status_code == 401


async def test_au2_a_session_ends_however_often_it_is_renewed(api: World) -> None:
    """A session's end is set when it begins; refreshes do not extend it."""
    member = await api.member(Role.OPERATOR)
    session = (await renew(api, member.refresh_token)).json()
    async with api.owner.transaction() as transaction:
        ended = text("UPDATE shared.sessions SET expires_at = clock_timestamp() WHERE id = :id")
        await transaction.execute(ended, {"id": member.session})
    assert (await renew(api, session["refreshToken"])).status_code == 401
    assert (await api.client(session["accessToken"]).get(ME)).status_code == 401


async def test_au2_a_dump_of_the_database_holds_no_usable_token(api: World) -> None:
    """No column of the shared tables holds a refresh token, an access token or a password."""
    member = await api.member(Role.OPERATOR)
    following = (await renew(api, member.refresh_token)).json()
    secrets = [member.refresh_token, member.token, PASSWORD, following["refreshToken"]]
    async with api.owner.transaction() as session:
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shared'"
        for table in (await session.execute(text(tables))).scalars().all():
            dump = text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM shared.{table} t")  # noqa: S608  our own names
            content = (await session.execute(dump)).scalar_one()
            assert not [secret for secret in secrets if secret in content], table


@pytest.mark.parametrize("token", ["x", "\0", "x" * 200, "'; --"], ids=repr)
async def test_an_unknown_refresh_token_is_refused(api: World, token: str) -> None:
    """An unknown token is 401 for refresh and for logout."""
    for path in (REFRESH, LOGOUT):
        answer = await api.client().post(path, json={"refreshToken": token})
        assert answer.status_code == 401, path


async def test_signing_out_ends_this_session_only(api: World) -> None:
    """Logout ends both tokens of one session; `everywhere` ends all sessions."""
    member = await api.member(Role.OPERATOR)
    second, third = [await api.signed_in(member.person.email) for _ in range(2)]
    answer = await api.client().post(LOGOUT, json={"refreshToken": member.refresh_token})
    assert answer.status_code == 204
    assert (await member.http.get(ME)).status_code == 401
    assert (await renew(api, member.refresh_token)).status_code == 401
    assert (await second.http.post("/api/auth/logout/everywhere")).status_code == 204
    for member in (second, third):
        assert (await member.http.get(ME)).status_code == 401
        assert (await renew(api, member.refresh_token)).status_code == 401


async def test_a_person_sees_and_ends_their_own_sessions(api: World) -> None:
    """Own sessions are listed newest first with their origin; another person's session is 404."""
    member, stranger = await api.member(Role.VIEWER), await api.member(Role.ADMIN)
    body = {"email": member.person.email, "password": PASSWORD}
    await api.client().post("/api/auth/login", json=body, headers={"User-Agent": "A browser"})
    sessions = (await member.http.get("/api/auth/sessions")).json()["sessions"]
    assert [session["current"] for session in sessions] == [False, True]
    assert (sessions[0]["userAgent"], sessions[0]["address"]) == ("A browser", "127.0.0.1")
    path = f"/api/auth/sessions/{sessions[0]['id']}"
    assert (await stranger.http.delete(path)).status_code == 404
    assert (await member.http.delete(path)).status_code == 204
    assert (await member.http.delete(path)).status_code == 404
    assert len((await member.http.get("/api/auth/sessions")).json()["sessions"]) == 1


async def cookie_login(api: World, **more: Any) -> tuple[httpx.Response, str]:
    """A browser's login, and its Set-Cookie header."""
    member = await api.member(Role.OPERATOR)
    body = {"email": member.person.email, "password": PASSWORD} | more
    answer = await api.client().post("/api/auth/login", json=body, headers=OURS)
    assert answer.status_code == 200
    return answer, answer.headers.get("Set-Cookie", "")


async def test_we3_a_browser_keeps_its_refresh_token_in_a_cookie(api: World) -> None:
    """The cookie is HttpOnly and SameSite=strict, and with keep=cookie the body has no refresh token."""
    answer, cookie = await cookie_login(api, keep="cookie")
    assert cookie.startswith("refresh=")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.json()["refreshToken"] is None
    client = api.client()
    client.cookies.update(answer.cookies)
    renewed = await client.post(REFRESH, headers=OURS)
    assert renewed.status_code == 200
    assert renewed.json()["refreshToken"] is None
    assert renewed.cookies["refresh"] != answer.cookies["refresh"]
    ended = await client.post(LOGOUT, headers=OURS)
    assert (ended.status_code, 'refresh=""' in ended.headers["Set-Cookie"]) == (204, True)
    assert (await client.post(REFRESH, headers=OURS)).status_code == 401


async def test_we3_only_refresh_and_logout_read_the_cookie(api: World) -> None:
    """Other routes ignore the cookie; without our Origin, refresh and logout are 403 and change nothing."""
    answer, _ = await cookie_login(api)
    client = api.client()
    client.cookies.update(answer.cookies)
    for path in (REFRESH, LOGOUT):
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            assert (await client.post(path, headers=headers)).status_code == 403
    assert (await client.get(ME, headers=OURS)).status_code == 401
    assert (await client.post("/api/auth/logout/everywhere", headers=OURS)).status_code == 401
    assert (await client.post(REFRESH, headers=OURS)).status_code == 200


async def test_we3_a_foreign_page_gets_no_cookie(api: World) -> None:
    """A login without our Origin sets no cookie."""
    member = await api.member(Role.OPERATOR)
    body = {"email": member.person.email, "password": PASSWORD}
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = await api.client().post("/api/auth/login", json=body, headers=headers)
        assert "Set-Cookie" not in answer.headers


@pytest.fixture
async def behind_tls(api: World) -> AsyncIterator[World]:
    """The same API with an https public URL."""
    async with world(api.places, api.urls, public_url="https://ops.example") as made:
        yield made


async def test_we3_over_https_the_cookie_is_bound_to_its_host(api: World, behind_tls: World) -> None:
    """The cookie has the `__Host-` prefix and is Secure."""
    member = await api.member(Role.OPERATOR)
    body = {"email": member.person.email, "password": PASSWORD}
    headers = {"Origin": "https://ops.example"}
    answer = await behind_tls.client().post("/api/auth/login", json=body, headers=headers)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-refresh=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
