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

from bench._approval_stack import CODEC, StackAddresses, Workers, people_of, workers
from bench._verdicts import Verifier
from missions.approval import AfterDenial, Approval, VoteChoice
from missions.errors import ConflictError, OpsError, StatusError, UnavailableError
from missions.mission import Priority, Status
from missions.person import Person, Role
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

Told = TypeVar("Told")
AT_ONCE = 16
KILL_EVERY_S = (3.0, 8.0)
WRONG_BY_S = (0, 3600, -3600, 0)
PATIENCE_S = 900.0


async def _patient(ask: Callable[[], Awaitable[Told]]) -> Told:
    """Asks until the database answers, as a client does that is told to come again."""
    while True:
        try:
            return await ask()
        except UnavailableError:
            await asyncio.sleep(0.5)


@dataclass
class Race:
    """Many missions, each asked about once; whoever may and whoever may not decide race for the answer."""

    place: StackAddresses
    folder: Path
    dice: random.Random
    kill_every: tuple[float, float] = KILL_EVERY_S
    missions: list[UUID] = field(default_factory=list)
    decisions: dict[UUID, int] = field(default_factory=dict)

    async def run(self, size: int) -> dict[str, int | float]:
        """`approvals` asked, `executed`, `violations`, and how the rest ended."""
        self._owner, self._api, worker = (
            Database(url, pool_size=5) for url in (self.place.owner, self.place.api, self.place.missions)
        )
        self._votes, self._store = VoteStore(self._api), MissionStore(self._api)
        everybody = [frozenset({Role.OPERATOR, Role.APPROVER}), *[frozenset({Role.APPROVER})] * 10]
        self._requester, *self._deciders = await people_of(self._owner, everybody)
        self._viewer, self._robot = await people_of(self._owner, [frozenset({Role.VIEWER}), frozenset(Role)])
        self._temporal: Client = await connect(self.place.temporal, "default", CODEC)
        relay = Relay(OutboxStore(worker), AdmissionStore(worker, AT_ONCE * 2), self._temporal)
        loops = BackgroundLoops(JobMetrics(CollectorRegistry()))
        relay.add_to(loops)
        try:
            async with (
                loops.running(lambda: None),
                workers(self.place, self.folder, WRONG_BY_S) as hands,
            ):
                free = asyncio.Semaphore(AT_ONCE)
                async with asyncio.TaskGroup() as group:  # a worker that dies by itself ends the race
                    killing = group.create_task(self._kill(hands))
                    await asyncio.gather(*(self._one(number, free) for number in range(size)))
                    killing.cancel()
                verifier = Verifier(self._owner, self.folder, self.decisions)
                return await verifier.told(self.missions) | {"kills": hands.kills}
        finally:
            for database in (self._owner, self._api, worker):
                await database.close()

    async def _kill(self, hands: Workers) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(*self.kill_every))
            hands.check()
            await hands.kill(self.dice.choice((MISSIONS, ACTIONS)))

    async def _one(self, number: int, free: asyncio.Semaphore) -> None:
        """One mission from its start to its end."""
        async with free:
            risk = self.dice.choice(("low", "medium", "medium", "high"))
            window = 2 if self.dice.random() < 0.05 else 600
            prompt = f"service=t{number}-{risk} window={window} and so on"
            wish = NewMission(prompt, Priority.NORMAL, None, None, None)
            change = await _patient(lambda: self._store.create(self._requester, wish, "http://bench"))
            mission = change.mission.id
            self.missions.append(mission)
            async with asyncio.timeout(PATIENCE_S):
                approval = await self._asked(mission)
                if approval is not None:
                    forging = asyncio.ensure_future(self._forge(mission))
                    await self._decide(mission, approval, in_time=window > 2)
                    forging.cancel()
                    await asyncio.gather(forging, return_exceptions=True)
                while not await self._ended(mission):  # noqa: ASYNC110  it ends in another process
                    await asyncio.sleep(0.2)

    async def _asked(self, mission: UUID) -> Approval | None:
        """The question, once it is asked."""
        while not await self._ended(mission):
            which = (await _patient(lambda: self._store.get(self._requester, mission))).approval_id
            if which is not None:
                return await _patient(partial(self._votes.get, self._requester, which))
            await asyncio.sleep(0.1)
        return None

    async def _ended(self, mission: UUID) -> bool:
        ((_, status, _),) = await _patient(lambda: self._store.last_seqs(ORG, {mission}))
        return bool(Status(status).is_terminal)

    async def _decide(self, mission: UUID, approval: Approval, *, in_time: bool) -> None:
        """Two to ten deciders at once, and whoever may not; now and then the mission is stopped meanwhile."""
        some = self.dice.sample(self._deciders, self.dice.randint(2, 10))
        racing = [self._answer(one, approval, self.dice.random()) for one in some]
        forbidden = [self._requester, self._viewer, self._robot.model_copy(update={"is_service": True})]
        racing += [self._answer(one, approval, 0.0) for one in forbidden]
        if self.dice.random() < 0.05:
            racing.append(self._cancel(mission))
        self.dice.shuffle(racing)
        await asyncio.gather(*racing)
        if not in_time:  # silence, perhaps: its window is nearly over
            return
        if self.dice.random() < 0.9:
            await self._settle(approval)
        else:
            await self._cancel(mission)

    async def _settle(self, approval: Approval) -> None:
        """Whoever is left agrees, so that it does not wait for its window's end."""
        for one in self._deciders:
            if approval.id in self.decisions:  # it stays decided: more would only be refused
                return
            await self._answer(one, approval, 0.5)

    async def _answer(self, person: Person, approval: Approval, luck: float) -> None:
        """Yes, no, a stale hash, or a yes that is taken back."""
        fresh = person.model_copy(update={"authenticated_at": datetime.now(UTC)})
        shown = "0" * 64 if 0.1 <= luck < 0.2 else approval.action_hash
        answer = VoteChoice.DENIED if 0.2 <= luck < 0.3 else VoteChoice.APPROVED
        said = {"notes": "bench", "shown_hash": shown, "typed_target": approval.target}
        with contextlib.suppress(OpsError):
            decision = await self._votes.respond(
                fresh, approval.id, answer=answer, then=AfterDenial.END, **said
            )
            if decision.message is not None:
                self.decisions[approval.id] = self.decisions.get(approval.id, 0) + 1
                if luck < 0.7:  # else the doorbell is lost, and the relay rings again
                    await self._ring(approval.mission_id, str(approval.id))
            if luck > 0.95:
                await self._votes.withdraw(fresh, approval.id, reason="bench")

    async def _cancel(self, mission: UUID) -> None:
        with contextlib.suppress(StatusError, ConflictError):
            await _patient(lambda: self._store.cancel(self._requester, mission))

    async def _forge(self, mission: UUID) -> None:
        """Signals that nobody should send, again and again."""
        for number in range(self.dice.randint(1, 20)):
            await self._ring(mission, f"approved {number}")
            await asyncio.sleep(0.02)

    async def _ring(self, mission: UUID, content: str) -> None:
        handle = self._temporal.get_workflow_handle(mission_workflow_id(ORG, mission))
        with contextlib.suppress(RPCError):
            await handle.signal(APPROVAL_DECIDED, content)
