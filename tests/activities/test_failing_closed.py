"""AP7: after a failure of any call, no unapproved action runs, and no action runs twice."""

from dataclasses import dataclass
from typing import Any

import pytest
import samples as sample
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from activities.ports import Actuator
from adapters.gateways.failing_closed import unclear
from missions.approval import Approval, VoteChoice
from missions.catalog import CatalogEntry
from missions.errors import UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, ActionPlace, Effect, Receipt, RiskLevel

CALLS = 8
"""More than the calls of one execution to all its dependencies together."""


@dataclass
class Fate:
    """Fails at the call `at`, counted over all dependencies: before its effect, or `behind` it."""

    at: int
    behind: bool
    calls: int = 0


class Dying:
    """A dependency whose calls count towards a common Fate."""

    def __init__(self, real: Any, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        member, fate = getattr(self._real, name), self._fate
        if not callable(member):
            return member

        async def call(*arguments: Any) -> Any:
            fate.calls += 1
            mine = fate.calls == fate.at
            if mine and not fate.behind:
                raise UnavailableError("It is gone.")
            answer = await member(*arguments)
            if mine:
                raise UnavailableError("It died before it could say so.")
            return answer

        return call


class DyingActuators:
    """A registry that works, and whose actuators fail."""

    def __init__(self, world: MemoryWorld, fate: Fate) -> None:
        self._world = world
        self._fate = fate

    def remedies(self, org: str, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        return self._world.actuators.remedies(org, kind, service)

    def entry(self, org: str, action: Action) -> CatalogEntry | None:
        return self._world.actuators.entry(org, action)

    def named(self, org: str, name: str) -> Actuator:
        return self._dying(self._world.actuators.named(org, name))

    def place(self, org: str, name: str) -> ActionPlace:
        return self._world.actuators.place(org, name)

    def checked(self, org: str, action: Action) -> Actuator:
        return self._dying(self._world.actuators.checked(org, action))

    def _dying(self, real: Actuator) -> Actuator:
        dying: Any = Dying(real, self._fate)
        return dying  # type: ignore[no-any-return]  # has the type of the wrapped object


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


async def execute(world: MemoryWorld, approval: Approval, fate: Fate) -> Receipt | None:
    """The receipt, or None after a failure."""
    ledger: Any = Dying(world.ledger, fate)
    gateway: Any = Dying(world.gateway, fate)
    acting = Acting(ledger, DyingActuators(world, fate), gateway)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    try:
        receipt: Receipt = await ActivityEnvironment().run(acting.execute, approval_id)
    except UnavailableError:
        return None
    return receipt


async def opened(world: MemoryWorld, effect: Effect = Effect.REVIEW) -> Approval:
    verdict = world.gateway.verdict = sample.verdict(effect, RiskLevel.LOW)
    arguments: dict[str, Any] = {"verdict": verdict, "window_s": 60, "act_s": 60}
    return await world.desk.open(
        sample.ORG, sample.brief().mission_id, proposal=sample.proposal(), **arguments
    )


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
async def test_ap7_f2_agreed_to_is_done_once_whatever_dies(
    world: MemoryWorld, at: int, *, behind: bool
) -> None:
    """After one failure of any call, the retry leaves exactly one effect and its outcome."""
    approval = await opened(world)
    await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    receipt = await execute(world, approval, fate := Fate(at, behind))
    assert (receipt is None) == (fate.calls >= at)
    assert len(world.actuator.effects) <= 1
    again = await execute(world, approval, Fate(0, behind=False))
    assert again is not None
    assert again.applied
    assert [key for key, _ in world.actuator.effects] == [str(approval.id)]
    assert world.ledger.outcomes == {approval.id: again}


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("answer", [None, VoteChoice.DENIED], ids=["unanswered", "denied"])
async def test_ap7_without_a_yes_no_failure_lets_it_through(
    world: MemoryWorld, answer: VoteChoice | None, at: int, *, behind: bool
) -> None:
    """Without an approval no action runs, whichever call fails."""
    approval = await opened(world)
    if answer is not None:
        await world.desk.answer(sample.person(), approval.id, answer)
    for fate in (Fate(at, behind), Fate(0, behind=False)):
        receipt = await execute(world, approval, fate)
        assert receipt is None or not receipt.applied
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None


async def test_ap7_a_policy_that_is_away_allows_nothing(world: MemoryWorld) -> None:
    """An approval by rule is not executed if the policy is unreachable."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    approval = await opened(world, Effect.ALLOW)
    world.gateway.verdict = unclear("away")
    receipt = await execute(world, approval, Fate(0, behind=False))
    assert receipt is not None
    assert not receipt.applied
    assert world.actuator.effects == []


def test_ap7_an_unknown_risk_is_the_highest() -> None:
    """An unclear verdict has the risk CRITICAL."""
    assert unclear("away").risk is RiskLevel.CRITICAL
    assert sample.verdict(Effect.ALLOW, RiskLevel.LOW).at_least(RiskLevel.CRITICAL).effect is Effect.REVIEW
