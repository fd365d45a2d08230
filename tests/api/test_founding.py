"""AZ12: founding an organization escapes no limit, and reveals no organization."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from uuid import uuid4

import httpx
import pytest
from served_api import PASSWORD, Member, Urls, World, world
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from missions.permissions import Role
from runtime.local.servers import Addresses
from stores.postgres.database import Database

_NUMBERS = count(1)
MAXIMUM, PER_HOUR = 6, 8


@pytest.fixture
async def own(servers: Addresses, urls: Urls) -> AsyncIterator[World]:
    """An installation of its own, in which at most six missions run at once."""
    limits = {"max_concurrent_missions": MAXIMUM, "organizations_per_hour": PER_HOUR}
    async with world(servers, urls, **limits) as made:
        yield made


@pytest.fixture
async def founder(own: World) -> Member:
    """An administrator of the installation's first organization."""
    return await own.member(Role.ADMIN)


def new_slug() -> str:
    return f"share-{next(_NUMBERS)}-{uuid4().hex[:6]}"


async def found(admin: Member, slug: str, share: int | None = None) -> httpx.Response:
    body = {"slug": slug, "name": "Acme"} | ({} if share is None else {"maxConcurrentMissions": share})
    return await admin.http.post("/api/orgs", json=body)


async def give(admin: Member, slug: str, share: int | None) -> int:
    """The status of the change."""
    body = {"maxConcurrentMissions": share}
    return (await admin.http.patch(f"/api/orgs/{slug}", json=body)).status_code


async def delete(admin: Member, slug: str) -> None:
    assert (await admin.http.post(f"/api/orgs/{slug}/suspend")).is_success
    assert (await admin.http.delete(f"/api/orgs/{slug}")).is_success


async def running(member: Member) -> int:
    """How many missions of the member's organization may run at once."""
    answer = await member.http.get("/api/queue/status")
    limit: int = answer.json()["status"]["concurrency"]
    return limit


def told(answer: httpx.Response) -> dict[str, object]:
    """What an answer says, without the id of its request."""
    return {"status": answer.status_code, **answer.json(), "correlationId": ""}


async def test_az12_only_the_first_organization_founds(own: World, founder: Member) -> None:
    """A founded organization's administrator gets the same 403 for a free, a taken and a deleted slug."""
    child, gone = new_slug(), new_slug()
    for slug in (child, gone):
        assert (await found(founder, slug)).status_code == 201
    await delete(founder, gone)
    admin = await own.member(*Role, org=child)
    answers = [told(await found(admin, slug)) for slug in (new_slug(), child, "demo", gone)]
    assert answers[0]["status"] == 403
    assert answers.count(answers[0]) == len(answers)
    own_orgs = (await admin.http.get("/api/orgs")).json()["orgs"]
    assert [org["slug"] for org in own_orgs] == [child]


async def test_az12_the_database_refuses_another_founder(own: World, founder: Member) -> None:
    """The function that creates organizations itself refuses a founded organization as founder."""
    child = new_slug()
    assert (await found(founder, child)).status_code == 201
    api = Database(own.urls.api)
    with pytest.raises(IntegrityError, match="only a first organization founds others"):
        async with api.transaction(child) as session:
            await session.execute(
                text("SELECT shared.found_org(:slug, 'x', :child, 1)"), {"slug": new_slug(), "child": child}
            )
    await api.close()


async def test_az12_a_taken_slug_is_not_explained(own: World, founder: Member) -> None:
    """Its own, a founded and a deleted organization's slug get one 409; paths with such a slug one 404."""
    taken, gone = new_slug(), new_slug()
    for slug in (taken, gone):
        assert (await found(founder, slug)).status_code == 201
    await delete(founder, gone)
    answers = [told(await found(founder, slug)) for slug in ("demo", taken, gone)]
    assert [answer["status"] for answer in answers] == [409] * 3
    assert answers.count(answers[0]) == 3
    stranger = await own.member(*Role, org=taken)
    for path in ("", "/export"):
        missing = [
            told(await stranger.http.get(f"/api/orgs/{slug}{path}")) for slug in ("demo", gone, new_slug())
        ]
        assert missing[0]["status"] == 404
        assert missing.count(missing[0]) == 3


async def test_az12_a_login_does_not_say_which_organizations_exist(own: World, founder: Member) -> None:
    """The right password for an organization of other people, a deleted one and a missing one: one 401."""
    other, gone = new_slug(), new_slug()
    for slug in (other, gone):
        assert (await found(founder, slug)).status_code == 201
    await delete(founder, gone)
    member = await own.member(Role.OPERATOR)
    client = own.client()
    answers = []
    for org in (other, gone, new_slug()):
        login = {"email": member.person.email, "password": PASSWORD, "org": org}
        answers.append(told(await client.post("/api/auth/login", json=login)))
    assert answers[0]["status"] == 401
    assert answers.count(answers[0]) == len(answers)


async def test_az12_nobody_waits_for_a_foreign_organization(own: World, founder: Member) -> None:
    """A row that somebody else changes is unknown at once, so the time does not tell that it exists."""
    locked, other = new_slug(), new_slug()
    for slug in (locked, other):
        assert (await found(founder, slug)).status_code == 201
    stranger = await own.member(*Role, org=other)
    async with own.owner.transaction() as session:
        row = text("SELECT FROM shared.orgs WHERE slug = :slug FOR UPDATE")
        await session.execute(row, {"slug": locked})
        async with asyncio.timeout(8):
            answer = await stranger.http.patch(f"/api/orgs/{locked}", json={"name": "Mine"})
    assert answer.status_code == 404


async def test_az12_shares_come_out_of_the_founders_maximum(own: World, founder: Member) -> None:
    """A share larger than what is left is 422, also by a change; the founder keeps the rest, at least one."""
    first, second = new_slug(), new_slug()
    assert (await found(founder, first, MAXIMUM)).status_code == 422
    assert (await found(founder, first, 3)).json()["maxConcurrentMissions"] == 3
    assert (await found(founder, second, 3)).status_code == 422
    assert (await found(founder, second)).json()["maxConcurrentMissions"] == 1
    members = [await own.member(Role.OPERATOR, org=org) for org in ("demo", first, second)]
    assert [await running(member) for member in members] == [2, 3, 1]
    assert await give(founder, first, 5) == 422
    assert await give(founder, first, None) == 422, "a founded organization has no default"
    assert await give(founder, first, 4) == 200
    assert [await running(member) for member in members] == [1, 4, 1]
    assert await give(founder, "demo", 5) == 422, "it was given away"
    assert await give(founder, "demo", 20) == 200
    assert await give(founder, first, 10_000) == 422
    assert await give(founder, first, 18) == 200
    assert await give(founder, "demo", None) == 422, "the setting's maximum is less than what was given"
    assert [await running(member) for member in members] == [1, 18, 1]


async def test_az12_a_deleted_organization_returns_its_share(founder: Member) -> None:
    """The share of a suspended organization is kept for it; that of a deleted one can be given again."""
    slug = new_slug()
    assert (await found(founder, slug, MAXIMUM - 1)).status_code == 201
    assert (await founder.http.post(f"/api/orgs/{slug}/suspend")).is_success
    assert (await found(founder, new_slug())).status_code == 422
    assert (await founder.http.delete(f"/api/orgs/{slug}")).is_success
    assert (await found(founder, new_slug(), MAXIMUM - 1)).status_code == 201


async def test_az12_parallel_requests_share_no_more_than_there_is(founder: Member) -> None:
    """Of eight organizations founded at once five get a share, and no parallel changes exceed the maximum."""
    slugs = [new_slug() for _ in range(PER_HOUR)]
    answers = await asyncio.gather(*(found(founder, slug) for slug in slugs))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [422] * 3
    assert await give(founder, "demo", 10) == 200
    founded = [slug for slug, answer in zip(slugs, answers, strict=True) if answer.status_code == 201]
    statuses = await asyncio.gather(*(give(founder, slug, 3) for slug in founded))
    assert sorted(statuses) == [200] * 2 + [422] * 3
    listed = (await founder.http.get("/api/orgs")).json()["orgs"]
    shares = [org["maxConcurrentMissions"] for org in listed if org["parent"] == "demo"]
    assert sum(shares) == 9


async def test_az12_organizations_are_founded_slowly(servers: Addresses, urls: Urls) -> None:
    """Of a dozen organizations founded at once three are made, and deleting them does not help."""
    limits = {"max_concurrent_missions": 100, "organizations_per_hour": 3}
    async with world(servers, urls, **limits) as own:
        founder = await own.member(Role.ADMIN)
        slugs = [new_slug() for _ in range(12)]
        answers = await asyncio.gather(*(found(founder, slug) for slug in slugs))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 9
        waits = {int(answer.headers["Retry-After"]) for answer in answers if answer.status_code == 429}
        assert all(3500 < wait <= 3600 for wait in waits)
        for slug, answer in zip(slugs, answers, strict=True):
            if answer.status_code == 201:
                await delete(founder, slug)
        assert (await found(founder, new_slug())).status_code == 429
