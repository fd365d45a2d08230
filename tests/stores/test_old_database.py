"""A database of the version that stored steps opens, and its missions read as before.

`database_before_one_event.sql.gz` is a dump of that version's database after `make demo`: one mission with
25 events, and the steps that its API returned. People, sessions and sealed credentials are left out.
"""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import samples as sample
from alembic import command
from sample_events import LINES
from served_api import ORG, Urls
from sqlalchemy import create_engine

from missions.event import Closed, Created, Payload, Proposed, Verified
from missions.event_rendering import title_of
from missions.mission import Mission
from missions.participation import participant_of
from missions.permissions import Role
from missions.person import Person
from missions.step import step_of
from runtime.local.servers import Addresses
from stores.postgres.database import Database, schema_of
from stores.postgres.migrating import connected, migrate
from stores.postgres.missions.missions import MissionStore
from stores.postgres.missions.overviews import Filter, MissionOverviews

PASSWORD = "test-password"
DUMP = Path(__file__).parent / "database_before_one_event.sql.gz"
OLD_MISSION = UUID("01a22856-af89-750c-a9e7-a18c082aa8d4")
REWORDED = (
    (r"^(.+) asked$", r"Requested by \1"),
    (r"^(Plan: \d+ pages) to look at$", r"\1 to visit"),
    (r"^Saw (.+)$", r"Visited \1"),
)
"""The sentences about the dump's events that have changed since then."""
READER: Person = sample.person(Role.ADMIN)


@pytest.fixture
async def old(servers: Addresses, template: str) -> AsyncIterator[Urls]:  # noqa: ARG001  makes the roles
    """The dump in the test's own database, not migrated."""
    admin = servers.database_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute("CREATE DATABASE before_one_event")
    owner = servers.database_url.rpartition("/")[0] + "/before_one_event"
    _, _, place = owner.partition("@")
    await run(owner, gzip.decompress(DUMP.read_bytes()).decode())
    roles = {
        role: f"postgresql+psycopg://{role}:{PASSWORD}@{place}" for role in ("api", "missions", "actions")
    }
    yield Urls(owner=owner, **roles)
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute("DROP DATABASE before_one_event WITH (FORCE)")


@pytest.fixture
async def database(old: Urls) -> AsyncIterator[Database]:
    """The dump's database as the API reads it."""
    opened = Database(old.api)
    yield opened
    await opened.close()


async def run(url: str, statement: str, *values: object) -> list[Any]:
    """Runs a statement, or a script without values, in the organization's schema; the first column."""
    plain = url.replace("postgresql+psycopg", "postgresql")
    search_path = f"-c search_path={schema_of(ORG)}"
    async with await psycopg.AsyncConnection.connect(plain, options=search_path) as connection:
        cursor = await connection.execute(statement.encode(), values or None)
        return [row[0] for row in await cursor.fetchall()] if cursor.description else []


async def test_its_missions_read_as_before(old: Urls, database: Database) -> None:
    """Steps, mission, list and artifacts are those that the older version stored and returned."""
    steps_before = await run(old.owner, "SELECT step FROM steps ORDER BY seq")
    (mission_before,) = await run(old.owner, "SELECT mission FROM missions")
    assert (len(steps_before), mission_before["currentStep"]) == (25, "Mission ended: recovered")
    await asyncio.to_thread(migrate, old.owner, ORG)
    missions = MissionStore(database)
    events = await missions.events(READER, OLD_MISSION)
    steps = [step_of(event).model_dump(mode="json", by_alias=True) for event in events]
    for step in steps_before:
        del step["data"]  # the event's content, which steps no longer repeat
        step["title"] = reworded(step["title"])
    assert steps == steps_before
    mission = await missions.get(READER, OLD_MISSION)
    assert as_answered(mission) == mission_before
    page = await MissionOverviews(database).page(READER, Filter(), limit=10, after=None, offset=0)
    assert page.missions == [mission]
    ref = await missions.artifact(READER, UUID(steps_before[3]["artifacts"][0]["id"]))
    assert ref.sha256 == steps_before[3]["artifacts"][0]["sha256"]


def reworded(title: str) -> str:
    """The older version's title in the current wording."""
    for old_words, new_words in REWORDED:
        title = re.sub(old_words, new_words, title)
    return title


def as_answered(mission: Mission) -> dict[str, Any]:
    """The mission's JSON without the fields that the older version did not have."""
    assert mission.looks_again_at is None
    return mission.model_dump(mode="json", by_alias=True, exclude={"last_event", "looks_again_at"})


async def test_its_missions_go_on(old: Urls, database: Database) -> None:
    """The next event is numbered after the old ones and folded into the mission, by the API's role."""
    await asyncio.to_thread(migrate, old.owner, ORG)
    change = await MissionStore(database).hide(READER, OLD_MISSION)
    assert (change.mission.last_seq, change.mission.hidden_at is not None) == (26, True)
    assert change.mission.current_step == f"{READER.name} deleted the mission"


async def test_a_mission_keeps_the_title_of_its_last_event(old: Urls) -> None:
    """The migration writes the title of the last event, whatever its kind."""
    payloads: list[Payload] = [payload for payload, *_ in LINES if not is_newer(payload)]
    for number, payload in enumerate(payloads):
        await insert(old.owner, UUID(int=number), payload)
    await asyncio.to_thread(migrate, old.owner, ORG)
    query = "SELECT mission -> 'lastEvent' FROM missions WHERE id <> %s ORDER BY id"
    titles = await run(old.owner, query, OLD_MISSION)
    assert titles == [title_of(payload).model_dump(mode="json", by_alias=True) for payload in payloads]
    assert await run(old.owner, "SELECT id FROM missions WHERE mission ? 'currentStep'") == []


def is_newer(payload: Payload) -> bool:
    """Whether the older version had no such event: no mission looked at its pages again after its end."""
    if isinstance(payload, Closed):
        return payload.looks_again_at is not None
    return isinstance(payload, Verified) and payload.final


async def test_au16_open_links_without_an_issuer_are_dead(old: Urls) -> None:
    """The migration ends open password links and invitations, and leaves the first administrator's link."""
    organization = "INSERT INTO shared.orgs (slug, name) VALUES (%s, 'Demo') ON CONFLICT DO NOTHING"
    await run(old.owner, organization, ORG)
    for purpose in ("password", "bootstrap"):
        await run(
            old.owner,
            "INSERT INTO shared.one_time_links (digest, purpose, org, expires_at)"
            " VALUES (%s, %s, %s, now() + interval '1 day')",
            purpose,
            purpose,
            ORG,
        )
    await run(
        old.owner,
        "INSERT INTO shared.invitations (digest, org, email, roles, expires_at)"
        " VALUES ('invitation', %s, 'a@b.example', '{VIEWER}', now() + interval '1 day')",
        ORG,
    )
    await asyncio.to_thread(migrate, old.owner, ORG)
    open_links = await run(
        old.owner,
        "SELECT digest FROM shared.one_time_links WHERE expires_at > now()"
        " UNION ALL SELECT digest FROM shared.invitations WHERE expires_at > now()",
    )
    assert open_links == ["bootstrap"]


async def test_ap12_who_took_part_is_read_from_the_events(old: Urls) -> None:
    """The migration finds requesters, people who gave feedback and people who controlled a browser."""
    payloads: list[Payload] = [payload for payload, *_ in LINES]
    for number, payload in enumerate(payloads):
        await insert(old.owner, UUID(int=number), payload)
    await asyncio.to_thread(migrate, old.owner, ORG)
    query = (
        "SELECT json_build_array(mission_id, person, name, role) FROM participants"
        " WHERE mission_id <> %s ORDER BY mission_id"
    )
    expected = [
        [str(UUID(int=number)), str(participant.person), participant.name, participant.role.value]
        for number, payload in enumerate(payloads)
        if (participant := participant_of(payload)) is not None and payload.kind != "given-back"
    ]
    assert await run(old.owner, query, OLD_MISSION) == expected
    of_dump = "SELECT role FROM participants WHERE mission_id = %s"
    assert await run(old.owner, of_dump, OLD_MISSION) == ["requester"]


async def test_ap12_an_earlier_program_asked_for_every_administrator(old: Urls) -> None:
    """For a mission that a service account requested, the migration names the administrators."""
    program, admin, viewer = (UUID(int=number) for number in (71, 72, 73))
    for person, name, is_service in ((program, "Robot", True), (admin, "Ada", False), (viewer, "Vic", False)):
        await run(
            old.owner,
            "INSERT INTO shared.people (id, email, name, is_service) VALUES (%s, %s, %s, %s)",
            person, name, name, is_service,
        )  # fmt: skip
    for person, role in ((program, "OPERATOR"), (admin, "ADMIN"), (viewer, "VIEWER")):
        await run(
            old.owner,
            "INSERT INTO shared.memberships (person_id, org, roles) VALUES (%s, %s, ARRAY[%s])",
            person, ORG, role,
        )  # fmt: skip
    created = Created(brief=sample.brief(requester=program, requester_name="Robot"))
    await insert(old.owner, UUID(int=1), created)
    await asyncio.to_thread(migrate, old.owner, ORG)
    query = (
        "SELECT json_build_array(person, name, role) FROM participants WHERE mission_id = %s ORDER BY role"
    )
    assert await run(old.owner, query, UUID(int=1)) == [
        [str(admin), "Ada", "holds-key"],
        [str(program), "Robot", "requester"],
    ]


async def test_the_migration_can_be_undone(old: Urls) -> None:
    """A downgrade restores the table without rows; after an upgrade every mission still has its title."""
    await insert(old.owner, UUID(int=1), Proposed(proposal=sample.proposal(), verdict=sample.verdict()))
    await asyncio.to_thread(migrate, old.owner, ORG)
    await asyncio.to_thread(downgrade, old.owner, "org_0009_groups")
    assert await run(old.owner, "SELECT count(*) FROM steps") == [0]
    await asyncio.to_thread(migrate, old.owner, ORG)
    query = "SELECT mission #>> '{lastEvent,values,action}' FROM missions WHERE id = %s"
    assert await run(old.owner, query, UUID(int=1)) == ["rollback payments"]


def downgrade(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.downgrade(connected(connection, "org", schema_of(ORG)), revision)
    engine.dispose()


async def insert(url: str, mission_id: UUID, payload: Payload) -> None:
    """Stores a mission whose last event is this one, as the older version did."""
    content = payload.model_dump_json(by_alias=True)
    projection = json.dumps({"currentStep": title_of(payload).text})
    await run(
        url,
        "INSERT INTO missions (id, status, requester, last_seq, created_at, mission)"
        " VALUES (%s, 'RUNNING', %s, 1, now(), %s)",
        mission_id,
        READER.id,
        projection,
    )
    await run(
        url,
        "INSERT INTO mission_events (mission_id, seq, key, actor, payload) VALUES (%s, 1, %s, 'agent', %s)",
        mission_id,
        payload.key,
        content,
    )


async def test_az12_an_old_installation_gets_shares(old: Urls) -> None:
    """Nobody runs less after the upgrade, but those that a founded organization founded: they get 1.

    The latter belong to the first organization from then on, and its maximum covers all that it founded.
    """
    mark = uuid4().hex[:6]  # roles belong to the whole server
    children = [("own", ORG, "ACTIVE", 7), ("default", ORG, "SUSPENDED", None), ("gone", ORG, "DELETED", 50)]
    others = [("escaped", f"own-{mark}", "ACTIVE", 10_000), ("deeper", f"escaped-{mark}", "ACTIVE", None)]
    for name, parent, status, maximum in (*children, *others):
        await run(
            old.owner,
            "INSERT INTO shared.orgs (slug, name, parent, status, max_concurrent_missions)"
            " VALUES (%s, '', %s, %s, %s)",
            f"{name}-{mark}",
            parent,
            status,
            maximum,
        )
    await asyncio.to_thread(migrate, old.owner, ORG)
    rows = await run(
        old.owner,
        "SELECT jsonb_build_array(regexp_replace(slug, '-[^-]*$', ''), parent, max_concurrent_missions)"
        " FROM shared.orgs WHERE status <> 'DELETED' ORDER BY slug",
    )
    assert rows == [
        ["deeper", ORG, 1],
        ["default", ORG, 3],
        [ORG, None, 3 + 1 + 1 + 3 + 7],
        ["escaped", ORG, 1],
        ["own", ORG, 7],
    ]
