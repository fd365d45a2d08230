"""A small race of `make bench NAME=approval-race`, and single faults at the worst moments.

On servers of their own: the workers would take other tests' missions, too.
"""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from job_runs import looping
from sqlalchemy import text
from temporalio.client import Client

from bench._approval_fakes import CrashPoint
from bench._approval_stack import CODEC, StackAddresses, Workers, bench_servers, new_members, workers
from bench._race import Race
from missions.approval import Approval, VoteChoice
from missions.mission import Outcome, Priority, Status
from missions.permissions import Role
from missions.person import Person
from missions.workflow_ids import mission_workflow_id
from runtime.relay import Relay
from runtime.temporal import connect
from runtime.topology import ORG
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.missions.outbox import OutboxStore
from workflows.mission import APPROVAL_DECIDED
from workflows.policies import ACTIONS

pytestmark = pytest.mark.timeout(900)
RESUMED_S = 60  # 20 on a machine that does nothing else
AGAIN = text(
    "INSERT INTO shared.outbox (org, kind, mission_id, body, rank)"
    " SELECT org, kind, mission_id, body, rank FROM shared.outbox WHERE mission_id = :mission"
)
Eventually = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[StackAddresses]:
    async with bench_servers() as opened:
        yield opened


async def test_ap3_f2_f11_a_small_race(place: StackAddresses, tmp_path: Path) -> None:
    """Racing deciders, forged and repeated signals, cancels, wrong clocks, kill -9 of workers."""
    rng = random.Random(7)  # noqa: S311  repeatable
    result = await Race(place, tmp_path, rng, kill_every=(1.0, 2.0)).run(8)
    assert result["violations"] == 0
    assert result["approvals"] == result["missions"] == 8
    assert 0 < result["executed"] <= result["approved"]
    assert result["kills"] > 0


@dataclass
class Feedback:
    """One mission at a time, on real rows and a real Temporal, with workers that may be killed."""

    owner: Database
    missions: Database
    api: Database
    temporal: Client
    folder: Path
    hands: Workers
    asker: Person
    decider: Person

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[None]:
        """The relay of the outbox runs meanwhile."""
        admission = AdmissionStore(self.missions, 5)
        async with looping(Relay(OutboxStore(self.missions), admission, self.temporal)):
            yield

    async def start(self) -> UUID:
        wish = NewMission("service=payments-medium and so on", Priority.NORMAL, None, None, None)
        return (await MissionStore(self.api).create(self.asker, wish, "http://bench")).mission.id

    async def question(self, mission: UUID) -> Approval | None:
        seen = await MissionStore(self.api).get(self.asker, mission)
        if seen.approval_id is None:
            return None
        return await VoteStore(self.api).get(self.asker, seen.approval_id)

    async def agree(self, approval: Approval) -> None:
        fresh = self.decider.model_copy(update={"authenticated_at": datetime.now(UTC)})
        await VoteStore(self.api).respond(
            fresh, approval.id, answer=VoteChoice.APPROVED, notes="fine", shown_hash=approval.action_hash
        )

    async def signal(self, mission: UUID) -> None:
        handle = self.temporal.get_workflow_handle(mission_workflow_id(ORG, mission))
        for number in range(5):
            await handle.signal(APPROVAL_DECIDED, f"again {number}")

    async def again(self, mission: UUID) -> None:
        """Each row of the outbox twice and twice again, the copies behind what came later."""
        for _ in range(2):
            async with self.owner.transaction() as session:
                await session.execute(AGAIN, {"mission": mission})

    async def ended(self, mission: UUID) -> bool:
        seen = await MissionStore(self.api).get(self.asker, mission)
        assert seen.status is not Status.FAILED, seen.summary
        return seen.outcome is Outcome.RECOVERED

    def effects(self) -> list[str]:
        return [file.name for file in (self.folder / "effects").iterdir()]


@pytest.fixture
async def stand(place: StackAddresses, tmp_path: Path) -> AsyncIterator[Feedback]:
    owner, missions, api = (Database(url) for url in (place.owner, place.missions, place.api))
    asker, decider = await new_members(owner, [frozenset({Role.OPERATOR}), frozenset({Role.APPROVER})])
    temporal = await connect(place.temporal, "default", CODEC)
    async with workers(place, tmp_path) as hands:
        yield Feedback(owner, missions, api, temporal, tmp_path, hands, asker, decider)
    for database in (owner, missions, api):
        await database.close()


async def test_f2_f11_one_effect_whoever_dies_and_whatever_comes_twice(
    stand: Feedback, eventually: Eventually
) -> None:
    """Kill -9 before and behind the effect: another resumes. Rows and signals come again: one effect."""
    done = []
    for crash_point in (None, *CrashPoint):
        if crash_point is not None:
            (stand.folder / crash_point).touch()
            await stand.hands.start(ACTIONS)  # so that there is always another one
        mission = await stand.start()
        await stand.again(mission)
        asked: list[Approval] = []

        async def is_asked(mission: UUID = mission, asked: list[Approval] = asked) -> bool:
            asked += [approval] if (approval := await stand.question(mission)) else []
            return bool(asked)

        async with stand.relay():
            await eventually(is_asked, seconds=120)
        await stand.agree(asked[0])
        await stand.again(mission)
        began = time.monotonic()
        async with stand.relay():
            await stand.signal(mission)
            await eventually(lambda mission=mission: stand.ended(mission), seconds=120)
        done.append(str(asked[0].id))
        assert crash_point is None or not (stand.folder / crash_point).exists()
        assert crash_point is None or time.monotonic() - began < RESUMED_S
        assert sorted(stand.effects()) == sorted(done)
        events = await PostgresJournal(stand.missions).read(ORG, mission)
        kinds = [event.payload.kind for event in events]
        assert [kinds.count(kind) for kind in ("created", "decided", "acted", "closed")] == [1, 1, 1, 1]
