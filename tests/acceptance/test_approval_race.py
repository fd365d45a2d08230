"""A small run of `make bench NAME=approval-race`, and single faults at the worst moments.

It has its own servers, because its workers would also run other tests' missions.
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
RESUMED_S = 60  # 20 on an idle machine
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
    """Racing votes, forged signals, cancellations, wrong clocks and killed workers violate no guarantee."""
    rng = random.Random(7)  # noqa: S311  repeatable
    result = await Race(place, tmp_path, rng, kill_every=(1.0, 2.0)).run(8)
    assert result["violations"] == 0
    assert result["approvals"] == result["missions"] == 8
    assert 0 < result["executed"] <= result["approved"]
    assert result["kills"] > 0


@dataclass
class Bench:
    """Runs one mission at a time on a real database and Temporal, with workers that may be killed."""

    owner: Database
    missions: Database
    api: Database
    temporal: Client
    folder: Path
    worker_processes: Workers
    requester: Person
    approver: Person

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[None]:
        """Runs the relay of the outbox."""
        admission = AdmissionStore(self.missions, 5)
        async with looping(Relay(OutboxStore(self.missions), admission, self.temporal)):
            yield

    async def start(self) -> UUID:
        mission = NewMission("service=payments-medium and so on", Priority.NORMAL, None, None, None)
        return (await MissionStore(self.api).create(self.requester, mission, "http://bench")).mission.id

    async def question(self, mission: UUID) -> Approval | None:
        mission_view = await MissionStore(self.api).get(self.requester, mission)
        if mission_view.approval_id is None:
            return None
        return await VoteStore(self.api).get(self.requester, mission_view.approval_id)

    async def agree(self, approval: Approval) -> None:
        fresh = self.approver.model_copy(update={"authenticated_at": datetime.now(UTC)})
        await VoteStore(self.api).respond(
            fresh, approval.id, answer=VoteChoice.APPROVED, notes="fine", shown_hash=approval.action_hash
        )

    async def signal(self, mission: UUID) -> None:
        handle = self.temporal.get_workflow_handle(mission_workflow_id(ORG, mission))
        for number in range(5):
            await handle.signal(APPROVAL_DECIDED, f"again {number}")

    async def duplicate(self, mission: UUID) -> None:
        """Duplicates each outbox row of the mission twice; the copies come after later rows."""
        for _ in range(2):
            async with self.owner.transaction() as session:
                await session.execute(AGAIN, {"mission": mission})

    async def ended(self, mission: UUID) -> bool:
        mission_view = await MissionStore(self.api).get(self.requester, mission)
        assert mission_view.status is not Status.FAILED, mission_view.summary
        return mission_view.outcome is Outcome.RECOVERED

    def effects(self) -> list[str]:
        return [file.name for file in (self.folder / "effects").iterdir()]


@pytest.fixture
async def bench(place: StackAddresses, tmp_path: Path) -> AsyncIterator[Bench]:
    owner, missions, api = (Database(url) for url in (place.owner, place.missions, place.api))
    requester, approver = await new_members(owner, [frozenset({Role.OPERATOR}), frozenset({Role.APPROVER})])
    temporal = await connect(place.temporal, "default", CODEC)
    async with workers(place, tmp_path) as worker_processes:
        yield Bench(owner, missions, api, temporal, tmp_path, worker_processes, requester, approver)
    for database in (owner, missions, api):
        await database.close()


async def test_f2_f11_one_effect_whoever_dies_and_whatever_comes_twice(
    bench: Bench, eventually: Eventually
) -> None:
    """Each action has one effect, although workers are killed and rows and signals are duplicated."""
    done = []
    for crash_point in (None, *CrashPoint):
        if crash_point is not None:
            (bench.folder / crash_point).touch()
            await bench.worker_processes.start(ACTIONS)  # a second worker takes over
        mission = await bench.start()
        await bench.duplicate(mission)
        asked: list[Approval] = []

        async def is_asked(mission: UUID = mission, asked: list[Approval] = asked) -> bool:
            asked += [approval] if (approval := await bench.question(mission)) else []
            return bool(asked)

        async with bench.relay():
            await eventually(is_asked, seconds=120)
        await bench.agree(asked[0])
        await bench.duplicate(mission)
        began = time.monotonic()
        async with bench.relay():
            await bench.signal(mission)
            await eventually(lambda mission=mission: bench.ended(mission), seconds=120)
        done.append(str(asked[0].id))
        assert crash_point is None or not (bench.folder / crash_point).exists()
        assert crash_point is None or time.monotonic() - began < RESUMED_S
        assert sorted(bench.effects()) == sorted(done)
        events = await PostgresJournal(bench.missions).read(ORG, mission)
        kinds = [event.payload.kind for event in events]
        assert [kinds.count(kind) for kind in ("created", "decided", "acted", "closed")] == [1, 1, 1, 1]
