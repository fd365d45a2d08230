"""`/api/orgs`: create, limit, suspend, export and delete; organizations cannot read each other."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from served_api import PASSWORD, Member, World
from sqlalchemy import text

from missions.event import Closed, Reported
from missions.event_view import artifact_id
from missions.mission import Outcome, Status
from missions.permissions import Role
from stores.s3 import S3Artifacts

_NUMBERS = count(1)
CANARY = "canary-7f3a"


def new_slug() -> str:
    return f"org-{next(_NUMBERS)}-{uuid4().hex[:6]}"


@dataclass
class Founded:
    """An organization with its founder and an administrator of its own."""

    slug: str
    founder: Member
    admin: Member


@pytest.fixture
async def founded(api: World) -> Founded:
    return await found(api)


async def found(api: World) -> Founded:
    founder, slug = await api.member(Role.ADMIN), new_slug()
    answer = await founder.http.post("/api/orgs", json={"slug": slug, "name": "Acme"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["parent"] == founder.person.org
    return Founded(slug, founder, await api.member(*Role, org=slug))


async def test_an_administrator_founds_an_organization_that_works(api: World, founded: Founded) -> None:
    """It has its own missions and audit trail; the founder's trail has the creation, and not its missions."""
    mission_id = await api.mission(founded.admin)
    assert (await founded.admin.http.get(f"/api/missions/{mission_id}")).status_code == 200
    trail = (await founded.admin.http.get("/api/audit")).json()
    assert trail["entries"][0]["deed"] == "mission.created"
    assert await api.audited(f"org/{founded.slug}") == ["org.created"]
    assert (await founded.founder.http.get(f"/api/missions/{mission_id}")).status_code == 404


@pytest.mark.parametrize("slug", ["", "a", "A-b", "1a", "a_b", "a" * 32, "a;drop", "a'b"])
async def test_what_is_no_slug_is_refused(api: World, slug: str) -> None:
    """An invalid slug is 422 before any database query."""
    admin = await api.member(Role.ADMIN)
    assert (await admin.http.post("/api/orgs", json={"slug": slug, "name": "x"})).status_code == 422


async def test_who_does_not_administer_changes_nothing(api: World, founded: Founded) -> None:
    """Other roles get 403; another organization's administrator gets 404, as for a missing one."""
    path = f"/api/orgs/{founded.slug}"
    for role in (Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.AUDITOR):
        member = await api.member(role)
        assert (
            await member.http.post("/api/orgs", json={"slug": new_slug(), "name": "x"})
        ).status_code == 403
        assert (await member.http.post(f"{path}/suspend")).status_code == 403
    third = await api.member(Role.ADMIN, org="other")
    for method, action in (
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/suspend"),
        ("POST", "/resume"),
        ("DELETE", ""),
    ):
        body = {"name": "x"} if method == "PATCH" else None
        for slug in (founded.slug, "never-founded"):
            answer = await third.http.request(method, f"/api/orgs/{slug}{action}", json=body)
            assert answer.status_code == 404, (method, action, answer.text)
    assert (await founded.admin.http.post(f"{path}/suspend")).status_code == 403, (
        "an organization cannot suspend itself"
    )


async def test_a_suspended_organization_lets_nobody_in_and_stops(api: World, founded: Founded) -> None:
    """A suspension ends sessions and logins and cancels missions; after a resume the sessions work again."""
    mission_id = await api.mission(founded.admin)
    path = f"/api/orgs/{founded.slug}"
    suspended = await founded.founder.http.post(f"{path}/suspend")
    assert (suspended.status_code, suspended.json()["status"]) == (200, "SUSPENDED")
    assert (await founded.admin.http.get("/api/missions")).status_code == 401
    login = {"email": founded.admin.person.email, "password": PASSWORD}
    assert (await api.client().post("/api/auth/login", json=login)).status_code == 401
    assert (await founded.founder.http.post(f"{path}/suspend")).status_code == 409
    assert (await founded.founder.http.post(f"{path}/resume")).json()["status"] == "ACTIVE"
    events = (await founded.admin.http.get(f"/api/missions/{mission_id}/events")).json()["events"]
    assert "cancel-requested" in {event["payload"]["kind"] for event in events}
    assert await api.audited(f"org/{founded.slug}") == ["org.created", "org.suspended", "org.resumed"]


async def test_its_founder_limits_how_many_missions_run(api: World, founded: Founded) -> None:
    """The founder sets its concurrency limit; the organization itself can change only its name."""
    path = f"/api/orgs/{founded.slug}"
    limited = await founded.founder.http.patch(path, json={"maxConcurrentMissions": 1})
    assert (limited.status_code, limited.json()["maxConcurrentMissions"]) == (200, 1)
    first, second = await api.mission(founded.admin), await api.mission(founded.admin)
    standing = (await founded.admin.http.get("/api/queue/status")).json()["status"]
    assert (standing["concurrency"], standing["waiting"]) == (1, 1)
    job = (await founded.admin.http.get(f"/api/queue/job/{second}")).json()
    assert job["waitingFor"] == "1 of 1 missions run; none is ahead of it."
    assert (await founded.admin.http.get(f"/api/queue/job/{first}")).json()["job"]["state"] == "active"
    refused = await founded.admin.http.patch(path, json={"maxConcurrentMissions": 100})
    assert refused.status_code == 403
    renamed = await founded.admin.http.patch(path, json={"name": "Acme Ltd"})
    assert (renamed.json()["name"], renamed.json()["maxConcurrentMissions"]) == ("Acme Ltd", 1)
    for wrong in ({"maxConcurrentMissions": 0}, {"name": ""}, {"status": "ACTIVE"}, {"slug": "x-y"}):
        assert (await founded.founder.http.patch(path, json=wrong)).status_code == 422


async def test_an_export_holds_everything_and_no_secret(api: World, founded: Founded) -> None:
    """The export is a zip with one file for each table; it is audited, and the founder gets 404."""
    mission_id = await api.mission(founded.admin, prompt=f"{CANARY}: checkout is slow.")
    path = f"/api/orgs/{founded.slug}/export"
    answer = await founded.admin.http.get(path)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
        missions = [json.loads(line) for line in archive.read("missions.jsonl").decode().splitlines()]
        people = json.loads(archive.read("people.json"))
        trail = [json.loads(line) for line in archive.read("audit_entries.jsonl").decode().splitlines()]
    assert {"missions.jsonl", "mission_events.jsonl", "votes.jsonl", "connectors.jsonl"} <= names
    assert [mission["id"] for mission in missions] == [str(mission_id)]
    assert founded.admin.person.email in {person["email"] for person in people}
    assert "password" not in str(people)
    assert [entry["deed"] for entry in trail][-2:] == ["mission.created", "org.exported"]
    assert (await founded.founder.http.get(path)).status_code == 404


async def test_only_a_suspended_organization_is_deleted(api: World, founded: Founded) -> None:
    """Deletion removes tables, roles and memberships, is audited by the founder, and the slug stays taken.

    It waits for the missions: the messages that stop them would go with the rest.
    LG6: the audit trail stays, and the founder's entry holds its last number and hash.
    """
    mission_id = await api.mission(founded.admin)
    path = f"/api/orgs/{founded.slug}"
    assert (await founded.founder.http.delete(path)).status_code == 409
    await founded.founder.http.post(f"{path}/suspend")
    running = await founded.founder.http.delete(path)
    assert (running.status_code, "have not ended" in running.json()["detail"]) == (409, True)
    assert (await founded.founder.http.get(path)).json()["status"] == "SUSPENDED"
    ended = Closed(status=Status.CANCELLED, outcome=Outcome.CANCELLED, reason="It was stopped.")
    await api.journal.append(founded.slug, mission_id, "agent", ended)
    assert (await founded.founder.http.delete(path)).status_code == 204
    assert (await founded.founder.http.get(path)).status_code == 404
    async with api.owner.transaction() as session:
        outbox = text("SELECT count(*) FROM shared.outbox WHERE org = :org")
        assert await session.scalar(outbox, {"org": founded.slug}) == 0
    assert (await founded.admin.http.get("/api/missions")).status_code == 401
    again = await founded.founder.http.post("/api/orgs", json={"slug": founded.slug, "name": "x"})
    assert again.status_code == 409
    schema = "org_" + founded.slug.replace("-", "_")
    tables = "SELECT relname FROM pg_class WHERE relnamespace = CAST(:name AS regnamespace) AND relkind = 'r'"
    async with api.owner.transaction(founded.slug) as session:
        left = set(await session.scalars(text(tables), {"name": schema}))
        roles = await session.scalars(
            text("SELECT rolname FROM pg_roles WHERE rolname LIKE :name"), {"name": f"{schema}%"}
        )
        assert list(roles) == []
        head = (await session.execute(text("SELECT seq, hash FROM audit_head"))).one()
    assert {name.rstrip("0123456789_") for name in left} == {"audit_entries", "audit_head"}
    entries = (await founded.founder.http.get("/api/audit", params={"subject": f"org/{founded.slug}"})).json()
    newest = entries["entries"][0]
    assert newest["deed"] == "org.deleted"
    detail = newest["detail"] if isinstance(newest["detail"], dict) else json.loads(newest["detail"])
    assert detail == {"lastSeq": head.seq, "lastHash": head.hash}
    assert head.seq >= 2


@pytest.fixture
async def storage(api: World) -> AsyncIterator[S3Artifacts]:
    store = S3Artifacts(api.places.bucket("missions"))
    yield store
    await store.close()


async def filled(api: World, org: Founded, storage: S3Artifacts) -> dict[str, str]:
    """Fills the organization with canaries of every kind; the ids by the names of path parameters."""
    admin = org.admin
    mission_id = await api.mission(admin, prompt=f"{CANARY} prompt: checkout is slow.")
    approval = await api.approval(mission_id, org=org.slug)
    page = {"id": "p", "title": CANARY, "path": "/d/p", "panels": ["1"]}
    dashboard = {
        "name": CANARY,
        "type": "grafana",
        "baseUrl": f"http://{CANARY}.example",
        "config": {"pages": [page]},
    }
    assert (await admin.http.post("/api/dashboards", json=dashboard)).status_code == 201
    assert (await admin.http.post("/api/announcements", json={"text": CANARY})).status_code == 201
    html = await storage.put(org.slug, CANARY.encode(), "text/html", "report", CANARY)
    source = await storage.put(org.slug, CANARY.encode(), "text/markdown", "report-markdown", CANARY)
    await api.journal.append(org.slug, mission_id, "agent", Reported(html=html, markdown=source))
    return {
        "mission_id": str(mission_id),
        "approval_id": str(approval.id),
        "artifact_id": str(artifact_id(mission_id, html)),
        "user_id": str(admin.person.id),
        "slug": org.slug,
    }


def readable(api: World, ids: dict[str, str]) -> list[str]:
    """Every readable path with these ids; other path parameters get an invented id."""
    paths = []
    for path, item in api.app.openapi()["paths"].items():
        if "get" in item:
            paths.append(re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], str(UUID(int=1))), path))
    return paths


QUERIES: tuple[dict[str, Any], ...] = ({}, {"q": CANARY}, {"limit": 100}, {"status": "PENDING"})


async def crawl(member: Member, paths: list[str]) -> list[tuple[str, httpx.Response]]:
    answers = []
    for path in paths:
        if (
            path.endswith("/stream") or "/oauth/" in path
        ):  # /stream has the mission's permissions; /oauth/ redirects to other sites
            continue
        answers += [(path, await member.http.get(path, params=query)) for query in QUERIES]
    return answers


async def test_az2_nothing_of_another_organization_is_read(api: World, storage: S3Artifacts) -> None:
    """No GET route returns another organization's canary, and its ids answer like unknown ids."""
    own, foreign = await found(api), await found(api)
    ids = await filled(api, foreign, storage)
    seen = await crawl(foreign.admin, readable(api, ids))
    assert sum(CANARY in answer.text for _, answer in seen) >= 8, "the crawl finds what is there"
    for member in (own.admin, foreign.founder):
        for path, answer in await crawl(member, readable(api, ids)):
            assert CANARY not in answer.text, path
            assert answer.status_code < 500, (path, answer.text)
            if ids["mission_id"] in path or ids["approval_id"] in path or ids["artifact_id"] in path:
                assert answer.status_code in (404, 422), path
                missing = path
                for name in ("mission_id", "approval_id", "artifact_id"):
                    missing = missing.replace(ids[name], str(uuid4()))
                other = await member.http.get(missing, params=answer.request.url.params)
                assert other.status_code == answer.status_code
                assert other.json()["detail"] == answer.json()["detail"]
