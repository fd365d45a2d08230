"""AZ12: a person's quota of missions counts all their organizations."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from served_api import ORG, PROMPT, Urls
from sqlalchemy import text
from stories import Story

from missions.errors import TooManyRequestsError
from missions.mission import Priority
from missions.person import Person
from stores.postgres.database import Database
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.organizations.organizations import OrganizationStore

PER_HOUR = 10
MISSION = NewMission(PROMPT, Priority.NORMAL, None, None, None)


@pytest.fixture
async def api(urls: Urls) -> AsyncIterator[Database]:
    """The API's database."""
    database = Database(urls.api)
    yield database
    await database.close()


async def start(store: MissionStore, person: Person) -> bool:
    """Whether the person could start a mission."""
    try:
        await store.create(person, MISSION, "http://localhost:8000")
    except TooManyRequestsError:
        return False
    return True


async def elsewhere(api: Database, story: Story) -> Person:
    """The story's operator as a member of another organization."""
    slug = f"quota-{story.operator.id.hex[-12:]}"
    await OrganizationStore(api).found(story.operator, slug, "Other")
    return story.operator.model_copy(update={"org": slug})


async def test_az12_a_persons_quota_counts_all_organizations(story: Story, api: Database) -> None:
    """Of 30 parallel missions in two organizations nine start, as the person has started one before."""
    here, there = story.operator, await elsewhere(api, story)
    store = MissionStore(api, PER_HOUR)
    started = await asyncio.gather(*(start(store, person) for person in [here, there] * 15))
    assert sum(started) == PER_HOUR - 1
    quotas = [await store.quota(person) for person in (here, there)]
    assert [(quota.left, quota.reopens_in_s is None) for quota in quotas] == [(0, False)] * 2
    assert await start(store, story.approver), "another person has their own"


async def test_az12_two_processes_share_the_count(story: Story, api: Database, urls: Urls) -> None:
    """Stores with pools of their own, as in two API processes, count together."""
    other = Database(urls.api)
    stores = [MissionStore(database, PER_HOUR) for database in (api, other)]
    started = await asyncio.gather(*(start(store, story.operator) for store in stores * 10))
    assert sum(started) == PER_HOUR - 1
    await other.close()


async def test_az12_the_quota_opens_again(story: Story, api: Database) -> None:
    """Starts older than an hour do not count, and their rows are deleted with the next start."""
    store = MissionStore(api, 1)
    assert not await start(store, story.operator)
    await story.run("UPDATE shared.mission_starts SET at = at - interval '61 minutes'")
    assert await start(store, story.operator)
    async with api.transaction(ORG) as session:
        rows = await session.scalar(text("SELECT count(*) FROM shared.mission_starts"))
    assert rows == 1


async def test_az12_a_mission_that_failed_to_be_stored_is_not_counted(story: Story, api: Database) -> None:
    """The count is in the transaction of the mission."""
    await story.run("ALTER TABLE templates RENAME TO templates_away")
    broken = NewMission(PROMPT, Priority.NORMAL, None, None, None, template_id=story.mission_id)
    store = MissionStore(api, PER_HOUR)
    with pytest.raises(Exception, match="migrate"):
        await store.create(story.operator, broken, "http://localhost:8000")
    assert (await store.quota(story.operator)).left == PER_HOUR - 1
