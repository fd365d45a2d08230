"""Outbox, projections and the database itself."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from loopback import dead_port
from samples import sighting
from served_api import ORG, Urls
from silent_server import silent_server
from sqlalchemy import select, text
from stories import Story

from missions.approval import VoteChoice
from missions.errors import EventConflictError, InvalidError, StatusError, UnavailableError
from missions.event import Closed, Observed, Started
from missions.folding import fold
from missions.mission import Mission, Outcome, Status
from stores.postgres.database import Database, schema_of
from stores.postgres.missions.outbox import MessageKind
from stores.postgres.tables import MissionRow


async def test_a_leased_message_is_hidden_until_its_lease_ends(story: Story) -> None:
    """A leased message is returned again after its lease ends, and never after `done`."""
    (message,) = await story.admission().admit(ORG)
    assert (message.kind, message.mission_id, message.org) == (MessageKind.START, story.mission_id, ORG)
    assert await story.outbox.lease() == []
    await story.run("UPDATE shared.outbox SET due_at = clock_timestamp()")
    assert await story.outbox.lease() == [message]
    ((attempts,),) = await story.run("SELECT attempts FROM shared.outbox")
    assert attempts == 2
    await story.outbox.done(message)
    await story.outbox.done(message)
    assert await story.run("SELECT 1 FROM shared.outbox") == []


async def test_two_relays_share_the_messages(story: Story) -> None:
    """Each message goes to one relay, oldest first."""
    made = [story.mission_id] + [(await story.another()).mission.id for _ in range(9)]
    await story.run("UPDATE shared.outbox SET admitted_at = clock_timestamp()")  # they are all admitted
    first, second = await asyncio.gather(story.outbox.lease(5), story.outbox.lease(5))
    leased = [message.mission_id for message in (*first, *second, *await story.outbox.lease())]
    assert sorted(leased) == sorted(made)
    assert [message.id for message in first] == sorted(message.id for message in first)


async def test_folding_all_events_again_gives_the_same_rows(story: Story) -> None:
    """The stored mission is the fold of its events, and contains no rendered title."""
    opened = await _approval_answered(story)
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="Recovered.")
    await story.journal.append(ORG, story.mission_id, "agent", closed)
    events = await story.journal.read(ORG, story.mission_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert f"decision/{opened}/{story.approver.id}" in [event.key for event in events]
    mission: Mission | None = None
    for event in events:
        mission = fold(mission, event)
    async with story.owner.transaction(ORG) as session:
        row = await session.get_one(MissionRow, story.mission_id)
    assert mission is not None
    stored = Mission.model_validate(row.mission)
    assert mission.model_copy(update={"created_at": stored.created_at}) == stored
    assert abs((mission.created_at - stored.created_at).total_seconds()) < 5
    assert (row.status, row.last_seq) == (mission.status.value, mission.last_seq)
    assert row.mission["lastEvent"] == {
        "kind": "closed",
        "variant": "",
        "values": {"outcome": "recovered"},
    }
    assert "currentStep" not in row.mission
    assert stored.current_step == "Mission ended: recovered"


async def _approval_answered(story: Story) -> str:
    await story.journal.append(ORG, story.mission_id, "agent", Started())
    opened = await story.asked()
    answer, shown = VoteChoice.APPROVED, opened.action_hash
    await story.votes.respond(story.approver, opened.id, answer=answer, notes="Fine.", shown_hash=shown)
    return str(opened.id)


async def test_an_event_is_recorded_once_by_its_key(story: Story) -> None:
    """Concurrent appends with one key make one row; other content is refused, and numbers have no gap."""
    appends = (story.journal.append(ORG, story.mission_id, "agent", Started()) for _ in range(10))
    recorded = await asyncio.gather(*appends)
    assert {entry.event.seq for entry in recorded} == {2}
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="a")
    await story.journal.append(ORG, story.mission_id, "agent", closed)
    other = closed.model_copy(update={"reason": "b"})
    with pytest.raises(EventConflictError):
        await story.journal.append(ORG, story.mission_id, "agent", other)
    with pytest.raises(StatusError):
        await story.missions.cancel(story.operator, story.mission_id)
    events = await story.journal.read(ORG, story.mission_id)
    assert [event.seq for event in events] == [1, 2, 3]


async def test_an_approval_opens_once_by_content(story: Story) -> None:
    """A retry gets the same row; other content is another approval."""
    opens = (story.asked() for _ in range(5))
    assert len({approval.action_hash for approval in await asyncio.gather(*opens)}) == 1
    other = await story.asked(revision=6)
    rows = await story.run("SELECT id FROM approvals")
    assert len(rows) == 2
    assert other.id in {row.id for row in rows}


async def test_a_database_that_is_away_or_full_is_unavailable(
    urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused connection, an exhausted pool and a missing schema are UnavailableError."""
    away = Database(f"postgresql+psycopg://a:b@127.0.0.1:{dead_port()}/c")
    with pytest.raises(UnavailableError):
        async with away.transaction(ORG):
            pytest.fail("there is no database")
    await away.close()
    small = Database(urls.api, pool_size=1)
    monkeypatch.setattr(small._engine.pool, "_timeout", 0.1)  # five seconds in production
    async with AsyncExitStack() as held:
        for _ in range(2):
            session = await held.enter_async_context(small.transaction(ORG))
            await session.connection()
        with pytest.raises(UnavailableError):
            async with small.transaction(ORG):
                pytest.fail("there is no connection left")
    with pytest.raises(UnavailableError, match="not migrated"):
        async with small.transaction("nobody") as session:
            await session.execute(select(MissionRow))
    await small.close()


SECRET = "the prompt that nobody else may read"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO shared.orgs (slug, name) SELECT slug, :secret FROM shared.orgs",
        "INSERT INTO shared.outbox (org, kind, body) VALUES (:secret, 'start', '{}')",
        "INSERT INTO shared.nowhere VALUES (:secret)",
        "SELECT CAST(:secret AS uuid)",
        "SELECT 1 / (length(:secret) - length(:secret))",
        "SELECT nothing FROM shared.orgs WHERE slug = :secret",
    ],
)
async def test_an_error_of_the_database_tells_no_values(story: Story, statement: str) -> None:
    """A database error, which goes into logs and Temporal's history, contains no bound values."""
    with pytest.raises(Exception) as raised:  # noqa: PT011  each statement raises another type
        async with story.owner.transaction() as session:
            await session.execute(text(statement), {"secret": SECRET})
    error: BaseException | None = raised.value
    while error is not None:  # as Temporal's failures include causes
        assert SECRET not in str(error)
        error = error.__cause__


async def test_a_server_that_does_not_answer_in_time_is_unavailable(
    urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction has its own deadline, and its connection is usable afterwards."""
    monkeypatch.setattr("stores.postgres.database.DEADLINE_S", 0.5)
    database = Database(urls.api, pool_size=1)
    async with asyncio.timeout(5):
        with pytest.raises(UnavailableError):
            async with database.transaction(ORG) as session:
                await session.execute(text("SELECT pg_sleep(30)"))
    async with database.transaction(ORG) as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
    await database.close()


async def test_a_server_that_says_nothing_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline also applies while a silent server accepts the connection."""
    monkeypatch.setattr("stores.postgres.database.DEADLINE_S", 0.5)
    async with silent_server() as port:
        database = Database(f"postgresql+psycopg://api:password@127.0.0.1:{port}/ops")
        async with asyncio.timeout(5):
            with pytest.raises(UnavailableError):
                async with database.transaction(ORG):
                    pytest.fail("there is no database")
        await database.close()


@pytest.mark.parametrize("org", ["", "a", "A", "1a", "a;b", 'a"b', "a b", "a" * 32, "../a", "demo\n"])
def test_az3_only_a_slug_is_an_organization(org: str) -> None:
    """Only a slug becomes the name of a schema."""
    with pytest.raises(InvalidError):
        schema_of(org)


async def test_az3_the_schema_is_of_one_transaction(urls: Urls) -> None:
    """The next transaction on the connection has no organization."""
    database = Database(urls.api, pool_size=1)
    async with database.transaction(ORG) as session:
        await session.execute(select(MissionRow))
    with pytest.raises(UnavailableError):
        async with database.transaction() as session:
            await session.execute(select(MissionRow))
    await database.close()


async def test_a_nul_of_a_hostile_page_is_stored_as_a_replacement(story: Story) -> None:
    """NUL, which PostgreSQL cannot store, is replaced, and a retry gets the same event."""
    payload = Observed(sighting=sighting(reason="panel says: \0 \u202e"))
    first = await story.journal.append(ORG, story.mission_id, "agent", payload)
    again = await story.journal.append(ORG, story.mission_id, "agent", payload)
    assert first.event == again.event
    assert isinstance(first.event.payload, Observed)
    assert first.event.payload.sighting.reason == "panel says: \ufffd \u202e"
