"""`execute`, the only activity with an effect, runs approved actions, at most once."""

from datetime import timedelta

import pytest
import samples as sample
from agreed_approvals import Execute, agreed, opened
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from adapters.actions.registry import RegisteredActuators, ServingActuator
from missions.approval import Approval, VoteChoice
from missions.catalog import Catalog, remedies_of
from missions.errors import NotFoundError, UnavailableError
from missions.proposal import Effect, Refusal, RiskLevel


async def test_what_was_lost_at_a_target_without_a_promise_is_not_done_again(
    world: MemoryWorld, execute: Execute
) -> None:
    """After a crash behind the effect the receipt is uncertain, and the action is not sent again."""
    world.actuator.repeatable = False
    approval = await agreed(world)
    world.actuator.errors = [UnavailableError()]
    with pytest.raises(UnavailableError):
        await execute(approval)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, False)
    assert len(world.actuator.effects) == 1
    assert await execute(approval) == receipt


async def test_acts_once_and_records(world: MemoryWorld, execute: Execute) -> None:
    """The approval is consumed, the effect happens under its id, and the outcome is stored."""
    approval = await agreed(world)
    receipt = await execute(approval)
    assert receipt.applied
    assert world.actuator.effects == [(str(approval.id), approval.proposal.action)]
    assert world.ledger.outcomes == {approval.id: receipt}
    assert world.desk.row(approval.id).consumed_at is not None


async def test_again_is_the_recorded_outcome(world: MemoryWorld, execute: Execute) -> None:
    """A repeated call returns the stored outcome, even if the target has changed."""
    approval = await agreed(world)
    receipt = await execute(approval)
    world.actuator.now = None
    assert await execute(approval) == receipt
    assert len(world.actuator.effects) == 1


async def test_after_a_crash_before_the_effect_it_goes_on(world: MemoryWorld, execute: Execute) -> None:
    """A consumed approval without an effect is executed by the retry."""
    approval = await agreed(world)
    key = ActivityEnvironment().info.workflow_id
    assert key is not None
    await world.ledger.begin(sample.ORG, approval.id, key)
    assert (await execute(approval)).applied
    assert len(world.actuator.effects) == 1


async def test_after_a_crash_behind_the_effect_it_is_found(world: MemoryWorld, execute: Execute) -> None:
    """The retry finds the effect by its key and stores the outcome."""
    approval = await agreed(world)
    world.actuator.errors = [UnavailableError("The line was cut.")]
    with pytest.raises(UnavailableError):
        await execute(approval)
    assert world.ledger.outcomes == {}
    assert (await execute(approval)).applied
    assert len(world.actuator.effects) == 1
    assert world.ledger.outcomes[approval.id].applied


async def test_an_approval_of_another_workflow_is_refused(world: MemoryWorld, execute: Execute) -> None:
    """An approval that another workflow consumed is refused."""
    approval = await agreed(world)
    await world.ledger.begin(sample.ORG, approval.id, "mission-demo-other")
    receipt = await execute(approval)
    assert (receipt.applied, "another mission" in receipt.detail) == (False, True)
    assert world.actuator.effects == []


@pytest.mark.parametrize(
    "change",
    [{"generation": 4}, {"replicas": 3}, {"revision": 3}, {"version": "v3"}, {"previous_revision": None}],
    ids=str,
)
async def test_ap5_another_target_state_is_refused(
    world: MemoryWorld, execute: Execute, change: dict[str, object]
) -> None:
    """If the target has changed, the action is refused and the approval not consumed."""
    approval = await agreed(world)
    world.actuator.now = sample.state(**change)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.CHANGED)
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None
    assert world.ledger.refusals == ["The target has changed since the approval was requested."]


async def crashed_after_consuming(world: MemoryWorld) -> Approval:
    """A first attempt consumed the approval and ended before the effect."""
    approval = await agreed(world)
    key = ActivityEnvironment().info.workflow_id
    assert key is not None
    assert (await world.ledger.begin(sample.ORG, approval.id, key))[1]
    return approval


async def test_a_target_that_changed_after_a_crash_is_left_alone(
    world: MemoryWorld, execute: Execute
) -> None:
    """After a consume without a known effect, a changed target is not acted on again.

    The change may be ours, so the outcome is uncertain, and stays so when the target is as before.
    """
    approval = await crashed_after_consuming(world)
    world.actuator.now = sample.state(generation=4)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, False)
    assert "target has changed" in receipt.detail
    assert world.ledger.outcomes == {approval.id: receipt}
    world.actuator.now = sample.state()
    assert await execute(approval) == receipt
    assert world.actuator.effects == []


async def test_a_retry_after_the_time_to_act_does_not_act(world: MemoryWorld, execute: Execute) -> None:
    """A retry after the time to act is not applied, and its outcome is uncertain."""
    approval = await crashed_after_consuming(world)
    world.clock.forward(timedelta(seconds=121))
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, False)
    assert "time to act" in receipt.detail
    assert world.actuator.effects == []
    assert world.ledger.outcomes == {approval.id: receipt}


async def test_what_was_never_consumed_is_certainly_not_done(world: MemoryWorld, execute: Execute) -> None:
    """A refusal before the consume is certain, and is not stored as an outcome."""
    approval = await agreed(world)
    world.clock.forward(timedelta(seconds=121))
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, True)
    assert world.ledger.outcomes == {}


@pytest.mark.parametrize(
    ("entries", "actuators"),
    [(("other",), ("other",)), (("other",), (sample.ORG, "other"))],
    ids=["actuator", "entry"],
)
async def test_az9_an_approval_of_another_organizations_target_executes_nothing(
    world: MemoryWorld, entries: tuple[str, ...], actuators: tuple[str, ...]
) -> None:
    """An approval from before targets belonged to organizations, or of one that is not served any more."""
    approval = await agreed(world)
    registry = RegisteredActuators(
        Catalog(entries=remedies_of("memory", *entries)),
        {"memory": ServingActuator(world.actuator, actuators)},
    )
    acting = Acting(world.ledger, registry, world.gateway)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    receipt = await ActivityEnvironment().run(acting.execute, approval_id)
    assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.FORBIDDEN)
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None


@pytest.mark.parametrize("answer", [None, VoteChoice.APPROVED, VoteChoice.DENIED], ids=str)
async def test_ap10_a_receipt_of_an_unused_approval_is_refused(
    world: MemoryWorld, execute: Execute, answer: VoteChoice | None
) -> None:
    """A target that knows the key of an unused approval makes no outcome, and nothing is applied."""
    approval = await opened(world, sample.verdict(Effect.REVIEW, RiskLevel.LOW))
    if answer is not None:
        await world.desk.answer(sample.person(), approval.id, answer)
    world.actuator.effects.append((str(approval.id), approval.proposal.action))
    for _ in range(2):
        receipt = await execute(approval)
        assert (receipt.applied, receipt.refusal) == (False, Refusal.FORBIDDEN)
        assert "nobody acted on its approval" in receipt.detail
    assert len(world.actuator.effects) == 1
    assert world.actuator.now == sample.state()
    assert world.ledger.outcomes == {}
    assert world.desk.row(approval.id).consumed_at is None
    assert world.ledger.refusals == [receipt.detail] * 2


async def test_a_target_that_is_gone_is_an_error(world: MemoryWorld, execute: Execute) -> None:
    """A missing target is NotFoundError, and the approval is not consumed."""
    approval = await agreed(world)
    world.actuator.now = None
    with pytest.raises(NotFoundError):
        await execute(approval)
    assert world.desk.row(approval.id).consumed_at is None
