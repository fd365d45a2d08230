"""The one verb with an effect: at most once, and only what was agreed to."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from missions.approval import Approval, GatewayStatus, VoteChoice
from missions.errors import NotFoundError, UnavailableError
from missions.proposal import Effect, Receipt, Refusal, RiskLevel

Execute = Callable[[Approval], Awaitable[Receipt]]


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


@pytest.fixture
def execute(world: MemoryWorld) -> Execute:
    acting = Acting(world.ledger, world.actuators, world.gateway, world.gateway_approvals)

    async def run(approval: Approval) -> Receipt:
        approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
        receipt: Receipt = await ActivityEnvironment().run(acting.execute, approval_id)
        return receipt

    return run


async def agreed(world: MemoryWorld, effect: Effect = Effect.REVIEW, token: str | None = None) -> Approval:
    approval = await world.desk.open(
        sample.ORG,
        sample.brief().mission_id,
        proposal=sample.proposal(),
        verdict=sample.verdict(effect, RiskLevel.LOW).model_copy(update={"approval_token": token}),
        window_s=60,
        act_s=60,
    )
    if effect is Effect.REVIEW:
        await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    return approval


async def test_what_was_lost_at_a_target_without_a_promise_is_not_done_again(
    world: MemoryWorld, execute: Execute
) -> None:
    """The worker died behind the effect: nobody knows, so the receipt says so, and nothing is sent twice."""
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
    """Consume, effect, outcome; under the approval's id as key."""
    approval = await agreed(world)
    receipt = await execute(approval)
    assert receipt.applied
    assert world.actuator.effects == [(str(approval.id), approval.proposal.action)]
    assert world.ledger.outcomes == {approval.id: receipt}
    assert world.desk.row(approval.id).consumed_at is not None


async def test_again_is_the_recorded_outcome(world: MemoryWorld, execute: Execute) -> None:
    """Even where the target has changed since."""
    approval = await agreed(world)
    receipt = await execute(approval)
    world.actuator.now = None
    assert await execute(approval) == receipt
    assert len(world.actuator.effects) == 1


async def test_after_a_crash_before_the_effect_it_goes_on(world: MemoryWorld, execute: Execute) -> None:
    """Consumed, and nothing done yet: it is done now."""
    approval = await agreed(world)
    key = ActivityEnvironment().info.workflow_id
    assert key is not None
    await world.ledger.begin(sample.ORG, approval.id, key)
    assert (await execute(approval)).applied
    assert len(world.actuator.effects) == 1


async def test_after_a_crash_behind_the_effect_it_is_found(world: MemoryWorld, execute: Execute) -> None:
    """Done, and the outcome not written: the target knows the key, and the outcome is written now."""
    approval = await agreed(world)
    world.actuator.errors = [UnavailableError("The line was cut.")]
    with pytest.raises(UnavailableError):
        await execute(approval)
    assert world.ledger.outcomes == {}
    assert (await execute(approval)).applied
    assert len(world.actuator.effects) == 1
    assert world.ledger.outcomes[approval.id].applied


async def test_an_approval_of_another_workflow_is_refused(world: MemoryWorld, execute: Execute) -> None:
    """Consumed elsewhere: not done, and said so."""
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
    """People agreed to a change of what they saw. The approval is not consumed."""
    approval = await agreed(world)
    world.actuator.now = sample.state(**change)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.CHANGED)
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None
    assert world.ledger.refusals == ["The target has changed since the approval was requested."]


async def crashed_after_consuming(world: MemoryWorld) -> Approval:
    """A first attempt consumed the approval, and ended before it asked for the effect."""
    approval = await agreed(world)
    key = ActivityEnvironment().info.workflow_id
    assert key is not None
    assert (await world.ledger.begin(sample.ORG, approval.id, key))[1]
    return approval


async def test_a_target_that_changed_after_a_crash_is_left_alone(
    world: MemoryWorld, execute: Execute
) -> None:
    """Consumed, the effect not found, and another generation: nobody knows whose change that was.

    Not acted again; the outcome says that it is not certain, and stays so even where the target is as before.
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
    """Consumed in time, and tried again too late: not applied, and said to be uncertain."""
    approval = await crashed_after_consuming(world)
    world.clock.forward(timedelta(seconds=121))
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, False)
    assert "time to act" in receipt.detail
    assert world.actuator.effects == []
    assert world.ledger.outcomes == {approval.id: receipt}


async def test_what_was_never_consumed_is_certainly_not_done(world: MemoryWorld, execute: Execute) -> None:
    """A refusal before the consume is no outcome: nothing was asked for."""
    approval = await agreed(world)
    world.clock.forward(timedelta(seconds=121))
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain) == (False, True)
    assert world.ledger.outcomes == {}


@pytest.mark.parametrize("effect", [Effect.REVIEW, Effect.DENY])
async def test_a_rule_that_changed_its_mind_is_refused(
    world: MemoryWorld, execute: Execute, effect: Effect
) -> None:
    """What the policy allowed alone is asked of the policy once more."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    approval = await agreed(world, Effect.ALLOW)
    world.gateway.verdict = sample.verdict(effect, RiskLevel.LOW)
    assert not (await execute(approval)).applied
    assert world.actuator.effects == []
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    assert (await execute(approval)).applied


async def test_a_policy_that_denies_by_now_stops_what_people_agreed_to(
    world: MemoryWorld, execute: Execute
) -> None:
    """A kill switch thrown while they thought about it; a policy that wants people has them."""
    approval = await agreed(world)
    world.gateway.verdict = sample.verdict(Effect.DENY)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.FORBIDDEN)
    assert world.actuator.effects == []
    world.gateway.verdict = sample.verdict(Effect.REVIEW, RiskLevel.CRITICAL)
    assert (await execute(approval)).applied


async def test_a_target_that_is_gone_is_an_error(world: MemoryWorld, execute: Execute) -> None:
    """Not a refusal: nobody knows what it would have been."""
    approval = await agreed(world)
    world.actuator.now = None
    with pytest.raises(NotFoundError):
        await execute(approval)
    assert world.desk.row(approval.id).consumed_at is None


@pytest.mark.parametrize(
    "status", [status for status in GatewayStatus if status is not GatewayStatus.APPROVED]
)
async def test_where_the_gateway_has_an_approval_of_its_own_it_is_needed(
    world: MemoryWorld, execute: Execute, status: GatewayStatus
) -> None:
    """People here agreed: without the gateway's yes nothing is done, and with it that is done once."""
    world.gateway_approvals.open("t", "rollback")
    world.gateway_approvals.say("t", status)
    approval = await agreed(world, token="t")
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.FORBIDDEN)
    assert f"is {status}" in receipt.detail
    world.gateway_approvals.say("t", GatewayStatus.APPROVED)
    assert [(await execute(approval)).applied for _ in range(2)] == [True, True]
    assert len(world.actuator.effects) == 1


async def test_a_gateway_that_cannot_be_asked_lets_nothing_happen(
    world: MemoryWorld, execute: Execute
) -> None:
    """Away, without the approval, or about another action; nor where no gateway is configured any more."""
    approval = await agreed(world, token="t")
    with pytest.raises(UnavailableError):
        await execute(approval)
    world.gateway_approvals.open("t", "restart")
    world.gateway_approvals.say("t", GatewayStatus.APPROVED)
    with pytest.raises(UnavailableError):
        await execute(approval)
    world.gateway_approvals.away = True
    with pytest.raises(UnavailableError):
        await execute(approval)
    alone = Acting(world.ledger, world.actuators, world.gateway)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    refused = await ActivityEnvironment().run(alone.execute, approval_id)
    assert refused.refusal is Refusal.FORBIDDEN
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None
