"""Every implementation of Journal: in memory, and PostgreSQL with the missions worker's credentials."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol
from uuid import UUID, uuid4

import pytest
import samples as sample
from memory_journal import MemoryJournal

from activities.ports import Journal
from missions.errors import EventConflictError, InvalidError, NotFoundError, StatusError
from missions.event import Acted, Closed, Diagnosed, Observed, Payload, Planned, Started
from missions.mission import Outcome, Priority, Status
from stores.postgres.database import Database
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.missions.missions import MissionStore, NewMission


class Urls(Protocol):
    """The fixture `urls`."""

    api: str
    missions: str


Desk = tuple[Journal, Callable[[], Awaitable[UUID]]]


@pytest.fixture
def memory() -> Desk:
    journal = MemoryJournal()

    async def create() -> UUID:
        return (await journal.create(sample.brief())).mission.id

    return journal, create


@pytest.fixture
async def postgres(urls: Urls) -> AsyncIterator[Desk]:
    api, missions = Database(urls.api), Database(urls.missions)

    async def create() -> UUID:
        new_mission = NewMission("Payments is slow.", Priority.NORMAL, None, None, None)
        person = sample.person(id=sample.REQUESTER)
        return (await MissionStore(api).create(person, new_mission, "http://127.0.0.1")).mission.id

    yield PostgresJournal(missions), create
    await api.close()
    await missions.close()


@pytest.fixture(params=["memory", "postgres"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """A journal, and a function that creates a mission in it."""
    # Not an async fixture: it requests another fixture by name.
    made: Desk = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return desk[0]


@pytest.fixture
async def mission(desk: Desk) -> UUID:
    return await desk[1]()


def observed(page: str, samples: int = 1) -> Observed:
    return Observed(sighting=sample.sighting(page, duration_ms=samples))


async def test_an_event_comes_back_as_it_was_told(journal: Journal, mission: UUID) -> None:
    """An event is read back with its whole payload, author, key and number."""
    payloads: tuple[Payload, ...] = (
        Started(),
        Planned(plan=sample.plan()),
        Observed(sighting=sample.sighting(screenshot=sample.ref(), numbers=sample.ref("numbers"))),
        Diagnosed(diagnosis=sample.diagnosis()),
    )
    for payload in payloads:
        await journal.append(sample.ORG, mission, "agent", payload)
    created, *rest = await journal.read(sample.ORG, mission)
    assert created.payload.kind == "created"
    assert tuple(event.payload for event in rest) == payloads
    assert [(event.seq, event.key, event.actor) for event in rest] == [
        (number, payload.key, "agent") for number, payload in enumerate(payloads, start=2)
    ]
    assert all(event.at.tzinfo is not None for event in rest)
    assert [event.seq for event in await journal.read(sample.ORG, mission, after=3)] == [4, 5]


async def test_the_mission_after_an_event_is_its_fold(journal: Journal, mission: UUID) -> None:
    """Append returns the projection that clients get."""
    started = await journal.append(sample.ORG, mission, "agent", Started())
    assert (started.mission.status, started.mission.last_seq) == (Status.RUNNING, 2)
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="all is well")
    ended = await journal.append(sample.ORG, mission, "agent", closed)
    assert (ended.mission.status, ended.mission.outcome) == (Status.COMPLETED, Outcome.HEALTHY)
    assert ended.mission.finished_at == ended.event.at


async def test_the_same_event_is_recorded_once(journal: Journal, mission: UUID) -> None:
    """A retry gets the recorded event."""
    first = await journal.append(sample.ORG, mission, "agent", observed("a"))
    again = await journal.append(sample.ORG, mission, "agent", observed("a"))
    assert again == first
    assert len(await journal.read(sample.ORG, mission)) == 2


async def test_twenty_retries_at_once_record_once(journal: Journal, mission: UUID) -> None:
    """Concurrent retries record one event."""
    recorded = await asyncio.gather(
        *(journal.append(sample.ORG, mission, "agent", observed("a")) for _ in range(20))
    )
    assert len({entry.event.seq for entry in recorded}) == 1
    assert len(await journal.read(sample.ORG, mission)) == 2


async def test_the_same_key_with_other_content_is_refused(journal: Journal, mission: UUID) -> None:
    """The same key with other content is EventConflictError."""
    done, undone = (
        Acted(approval_id=mission, receipt=sample.receipt(applied=applied)) for applied in (True, False)
    )
    await journal.append(sample.ORG, mission, "agent", done)
    with pytest.raises(EventConflictError):
        await journal.append(sample.ORG, mission, "agent", undone)
    _, acted = await journal.read(sample.ORG, mission)
    assert acted.payload == done


async def test_twenty_writers_leave_no_gap(journal: Journal, mission: UUID) -> None:
    """Concurrent writers get consecutive numbers."""
    recorded = await asyncio.gather(
        *(journal.append(sample.ORG, mission, "agent", observed(f"page{n}")) for n in range(20))
    )
    assert sorted(entry.event.seq for entry in recorded) == list(range(2, 22))
    events = await journal.read(sample.ORG, mission)
    assert [event.seq for event in events] == list(range(1, 22))
    assert max(entry.mission.last_seq for entry in recorded) == 21


async def test_an_event_that_may_not_follow_leaves_nothing(journal: Journal, mission: UUID) -> None:
    """A second, different end is refused and takes no number."""
    end = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="")
    await journal.append(sample.ORG, mission, "agent", end)
    other = end.model_copy(update={"status": Status.FAILED})
    with pytest.raises((EventConflictError, StatusError)):
        await journal.append(sample.ORG, mission, "agent", other)
    late = await journal.append(sample.ORG, mission, "agent", observed("late"))
    assert late.event.seq == 3
    assert late.mission.status is Status.COMPLETED


async def test_an_ended_story_does_not_begin_again(journal: Journal, mission: UUID) -> None:
    """A workflow that is started again for an ended mission is refused at its first event."""
    await journal.append(sample.ORG, mission, "agent", Started())
    await journal.append(sample.ORG, mission, "agent", Started())  # a retry
    closed = Closed(status=Status.FAILED, outcome=Outcome.FAILED, reason="It is over.")
    await journal.append(sample.ORG, mission, "agent", closed)
    with pytest.raises(StatusError):
        await journal.append(sample.ORG, mission, "agent", Started())
    await journal.append(sample.ORG, mission, "agent", closed)  # a retry
    assert len(await journal.read(sample.ORG, mission)) == 3


async def test_an_unknown_mission_has_no_journal(journal: Journal) -> None:
    """An event for an unknown mission is refused."""
    unknown = uuid4()
    with pytest.raises(NotFoundError):
        await journal.append(sample.ORG, unknown, "agent", Started())
    assert await journal.read(sample.ORG, unknown) == ()


async def test_az13_an_event_refers_to_its_own_organizations_artifacts(
    journal: Journal, mission: UUID
) -> None:
    """An event with another organization's object is refused and not recorded; the next one is."""
    foreign = Observed(sighting=sample.sighting(screenshot=sample.ref(org="other")))
    with pytest.raises(InvalidError):
        await journal.append(sample.ORG, mission, "agent", foreign)
    own = Observed(sighting=sample.sighting(screenshot=sample.ref()))
    recorded = await journal.append(sample.ORG, mission, "agent", own)
    events = await journal.read(sample.ORG, mission)
    assert [event.payload.kind for event in events] == ["created", "observed"]
    assert recorded.event.seq == 2
