import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from prometheus_client import CollectorRegistry
from temporalio.client import Client
from temporalio.service import RPCError

from bench._approval_stack import CODEC, StackAddresses, Workers, new_members, workers
from bench._race_checks import RaceVerifier
from missions.approval import AfterDenial, Approval, VoteChoice
from missions.errors import ConflictError, OpsError, StatusError, UnavailableError
from missions.mission import Priority, Status
from missions.permissions import Role
from missions.person import Person
from missions.workflow_ids import mission_workflow_id
from runtime.job_metrics import JobMetrics
from runtime.relay import Relay
from runtime.supervision import BackgroundLoops
from runtime.temporal import connect
from runtime.topology import ORG
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.missions.outbox import OutboxStore
from workflows.mission import APPROVAL_DECIDED
from workflows.policies import ACTIONS, MISSIONS

Result = TypeVar("Result")
AT_ONCE = 16
KILL_EVERY_S = (3.0, 8.0)
WRONG_BY_S = (0, 3600, -3600, 0)
PATIENCE_S = 900.0


async def _retried(call: Callable[[], Awaitable[Result]]) -> Result:
    """Repeats a call while the database is unavailable, as a client does after a 503."""
    while True:
        try:
            return await call()
        except UnavailableError:
            await asyncio.sleep(0.5)


@dataclass
class Race:
    """Many missions with one approval each; people with and without the permission race to decide it."""

    place: StackAddresses
    folder: Path
    rng: random.Random
    kill_every: tuple[float, float] = KILL_EVERY_S
    missions: list[UUID] = field(default_factory=list)
    decisions: dict[UUID, int] = field(default_factory=dict)

    async def run(self, size: int) -> dict[str, int | float]:
        """The counts of approvals, effects, violations, final states and kills."""
        self._owner, self._api, worker = (
            Database(url, pool_size=5) for url in (self.place.owner, self.place.api, self.place.missions)
        )
        self._votes, self._store = VoteStore(self._api), MissionStore(self._api)
        roles = [frozenset({Role.OPERATOR, Role.APPROVER}), *[frozenset({Role.APPROVER})] * 10]
        self._requester, *self._deciders = await new_members(self._owner, roles)
        self._viewer, self._robot = await new_members(
            self._owner, [frozenset({Role.VIEWER}), frozenset(Role)]
        )
        self._temporal: Client = await connect(self.place.temporal, "default", CODEC)
        relay = Relay(OutboxStore(worker), AdmissionStore(worker, AT_ONCE * 2), self._temporal)
        loops = BackgroundLoops(JobMetrics(CollectorRegistry()))
        relay.add_to(loops)
        try:
            async with (
                loops.running(lambda: None),
                workers(self.place, self.folder, WRONG_BY_S) as processes,
            ):
                free = asyncio.Semaphore(AT_ONCE)
                async with asyncio.TaskGroup() as group:  # a worker that ends by itself ends the race
                    killing = group.create_task(self._kill(processes))
                    await asyncio.gather(*(self._mission(number, free) for number in range(size)))
                    killing.cancel()
                verifier = RaceVerifier(self._owner, self.folder, self.decisions)
                return await verifier.counts(self.missions) | {"kills": processes.kills}
        finally:
            for database in (self._owner, self._api, worker):
                await database.close()

    async def _kill(self, processes: Workers) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(*self.kill_every))
            processes.check()
            await processes.kill(self.rng.choice((MISSIONS, ACTIONS)))

    async def _mission(self, number: int, free: asyncio.Semaphore) -> None:
        """A mission from its start to its end."""
        async with free:
            risk = self.rng.choice(("low", "medium", "medium", "high"))
            window = 2 if self.rng.random() < 0.05 else 600
            prompt = f"service=t{number}-{risk} window={window} and so on"
            new = NewMission(prompt, Priority.NORMAL, None, None, None)
            change = await _retried(lambda: self._store.create(self._requester, new, "http://bench"))
            mission = change.mission.id
            self.missions.append(mission)
            async with asyncio.timeout(PATIENCE_S):
                approval = await self._approval(mission)
                if approval is not None:
                    forging = asyncio.ensure_future(self._forge(mission))
                    await self._decide(mission, approval, in_time=window > 2)
                    forging.cancel()
                    await asyncio.gather(forging, return_exceptions=True)
                while not await self._ended(mission):  # noqa: ASYNC110  another process ends it
                    await asyncio.sleep(0.2)

    async def _approval(self, mission: UUID) -> Approval | None:
        """The mission's approval, once it is open; None if the mission ends without one."""
        while not await self._ended(mission):
            approval_id = (await _retried(lambda: self._store.get(self._requester, mission))).approval_id
            if approval_id is not None:
                return await _retried(partial(self._votes.get, self._requester, approval_id))
            await asyncio.sleep(0.1)
        return None

    async def _ended(self, mission: UUID) -> bool:
        ((_, status, _),) = await _retried(lambda: self._store.last_seqs(ORG, {mission}))
        return bool(Status(status).is_terminal)

    async def _decide(self, mission: UUID, approval: Approval, *, in_time: bool) -> None:
        """Concurrent votes of some deciders and of people without the permission; sometimes a cancel."""
        deciders = self.rng.sample(self._deciders, self.rng.randint(2, 10))
        racing = [self._vote(decider, approval, self.rng.random()) for decider in deciders]
        forbidden = [self._requester, self._viewer, self._robot.model_copy(update={"is_service": True})]
        racing += [self._vote(person, approval, 0.0) for person in forbidden]
        if self.rng.random() < 0.05:
            racing.append(self._cancel(mission))
        self.rng.shuffle(racing)
        await asyncio.gather(*racing)
        if not in_time:  # it may expire without a decision
            return
        if self.rng.random() < 0.9:
            await self._settle(approval)
        else:
            await self._cancel(mission)

    async def _settle(self, approval: Approval) -> None:
        """All deciders approve, so that it is decided before it expires."""
        for decider in self._deciders:
            if approval.id in self.decisions:  # further votes are refused
                return
            await self._vote(decider, approval, 0.5)

    async def _vote(self, person: Person, approval: Approval, luck: float) -> None:
        """A yes, a no, a stale hash, or a yes that is withdrawn, depending on `luck` (0..1)."""
        fresh = person.model_copy(update={"authenticated_at": datetime.now(UTC)})
        shown = "0" * 64 if 0.1 <= luck < 0.2 else approval.action_hash
        answer = VoteChoice.DENIED if 0.2 <= luck < 0.3 else VoteChoice.APPROVED
        content = {"notes": "bench", "shown_hash": shown, "typed_target": approval.target}
        with contextlib.suppress(OpsError):
            decision = await self._votes.respond(
                fresh, approval.id, answer=answer, then=AfterDenial.END, **content
            )
            if decision.message is not None:
                self.decisions[approval.id] = self.decisions.get(approval.id, 0) + 1
                if luck < 0.7:  # else the signal is lost, and the relay sends it again
                    await self._signal(approval.mission_id, str(approval.id))
            if luck > 0.95:
                await self._votes.withdraw(fresh, approval.id, reason="bench")

    async def _cancel(self, mission: UUID) -> None:
        with contextlib.suppress(StatusError, ConflictError):
            await _retried(lambda: self._store.cancel(self._requester, mission))

    async def _forge(self, mission: UUID) -> None:
        """Forged signals."""
        for number in range(self.rng.randint(1, 20)):
            await self._signal(mission, f"approved {number}")
            await asyncio.sleep(0.02)

    async def _signal(self, mission: UUID, content: str) -> None:
        handle = self._temporal.get_workflow_handle(mission_workflow_id(ORG, mission))
        with contextlib.suppress(RPCError):
            await handle.signal(APPROVAL_DECIDED, content)
