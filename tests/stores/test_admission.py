"""The order of admission, on the real table."""

import asyncio
from uuid import UUID

from served_api import ORG
from stories import Story

from missions.event import Closed, Started
from missions.mission import Outcome, Priority, Status
from stores.postgres.missions.outbox import Message


def ids(messages: list[Message]) -> list[UUID]:
    return [message.mission_id for message in messages]


async def end(story: Story, mission_id: UUID) -> None:
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="")
    await story.journal.append(ORG, mission_id, "agent", closed)


async def test_the_most_urgent_come_first_then_the_oldest(story: Story) -> None:
    """Admission is by priority, then age, up to the limit; an ended mission makes room for the next."""
    normal = story.mission_id
    low = (await story.another(Priority.LOW)).mission.id
    critical = (await story.another(Priority.CRITICAL)).mission.id
    later = (await story.another()).mission.id
    two = story.admission(2)
    assert await two.waiting(ORG) == 4
    admitted = await two.admit(ORG)
    assert ids(admitted) == [critical, normal]
    await story.outbox.done(admitted[0])  # Temporal has started it; it is still PENDING and counts
    assert await two.admit(ORG) == []
    await story.journal.append(ORG, critical, "agent", Started())
    assert await two.admit(ORG) == []
    await end(story, critical)
    assert ids(await two.admit(ORG)) == [later]
    await end(story, normal)
    assert ids(await two.admit(ORG)) == [low]


async def test_what_waits_for_people_makes_room(story: Story) -> None:
    """A mission in AWAITING_APPROVAL does not count towards the limit."""
    later = (await story.another()).mission.id
    admission = story.admission(1)
    assert ids(await admission.admit(ORG)) == [story.mission_id]
    await story.journal.append(ORG, story.mission_id, "agent", Started())
    assert await admission.admit(ORG) == []
    await story.run("UPDATE missions SET status = 'AWAITING_APPROVAL' WHERE status = 'RUNNING'")
    assert ids(await admission.admit(ORG)) == [later]


async def test_ten_relays_at_once_admit_no_more_than_the_maximum(story: Story) -> None:
    """Concurrent relays together admit no more than the limit, and no start is leased before."""
    for _ in range(9):
        await story.another()
    relays = [story.admission(3) for _ in range(10)]
    admitted = await asyncio.gather(*(relay.admit(ORG) for relay in relays))
    assert len({mission_id for some in admitted for mission_id in ids(some)}) == 3
    assert sum(len(some) for some in admitted) == 3
    assert await story.outbox.lease() == []


async def test_a_mission_says_what_it_waits_for(story: Story) -> None:
    """The text has the running missions, the limit and the missions ahead; it is None once it runs."""
    two, low = story.admission(2), (await story.another(Priority.LOW)).mission
    high, last = (await story.another(Priority.HIGH)).mission, (await story.another(Priority.LOW)).mission
    assert await two.waiting_for(ORG, high) == "0 of 2 missions run; none is ahead of it."
    assert await two.waiting_for(ORG, last) == "0 of 2 missions run; 3 are ahead of it."
    await two.admit(ORG)
    assert await two.waiting_for(ORG, low) == "2 of 2 missions run; none is ahead of it."
    assert await two.waiting_for(ORG, last) == "2 of 2 missions run; 1 is ahead of it."
    assert "its turn" in (await two.waiting_for(ORG, high) or "")
    running = high.model_copy(update={"status": Status.RUNNING})
    assert await two.waiting_for(ORG, running) is None


async def test_a_stop_before_the_turn_and_the_turn_exclude_each_other(story: Story) -> None:
    """Either the mission ends without a start, or Temporal gets both the start and the cancellation."""
    stopping = story.missions.cancel(story.operator, story.mission_id)
    admitting = story.admission(1).admit(ORG)
    change, admitted = await asyncio.gather(stopping, admitting)
    assert (change.mission.status is Status.CANCELLED) == (admitted == [])
    assert (change.message is None) == (admitted == [])
