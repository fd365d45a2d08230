"""`execute`, the only activity with an effect, runs approved actions, at most once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import samples as sample
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from adapters.actions.registry import RegisteredActuators, ServingActuator
from adapters.gateways.failing_closed import unclear
from missions.approval import Approval, GatewayStatus, VoteChoice
from missions.catalog import Catalog, remedies_of
from missions.errors import NotFoundError, UnavailableError
from missions.proposal import Effect, PolicyVerdict, Receipt, Refusal, RiskLevel

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


async def opened(world: MemoryWorld, given: PolicyVerdict) -> Approval:
    return await world.desk.open(
        sample.ORG,
        sample.brief().mission_id,
        proposal=sample.proposal(),
        verdict=given,
        window_s=60,
        act_s=60,
    )


async def agreed_to(world: MemoryWorld, given: PolicyVerdict) -> Approval:
    """An approval that as many people as are needed have agreed to, if it needs any."""
    approval = await opened(world, given)
    groups = frozenset({given.group} if given.group else ())
    if not approval.by_rule:
        for _ in range(approval.quorum):
            await world.desk.answer(sample.person(groups=groups), approval.id, VoteChoice.APPROVED)
    return approval


async def agreed(world: MemoryWorld, effect: Effect = Effect.REVIEW, token: str | None = None) -> Approval:
    """An approval at risk LOW; the policy says the same when it is executed."""
    given = sample.verdict(effect, RiskLevel.LOW).model_copy(update={"approval_token": token})
    world.gateway.verdict = given
    return await agreed_to(world, given)


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


@pytest.mark.parametrize("effect", [Effect.REVIEW, Effect.DENY])
async def test_a_rule_that_changed_its_mind_is_refused(
    world: MemoryWorld, execute: Execute, effect: Effect
) -> None:
    """An approval by rule is executed only if the policy still allows the action."""
    approval = await agreed(world, Effect.ALLOW)
    world.gateway.verdict = sample.verdict(effect, RiskLevel.LOW)
    assert not (await execute(approval)).applied
    assert world.actuator.effects == []
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    assert (await execute(approval)).applied


async def test_a_policy_that_denies_by_now_stops_what_people_agreed_to(
    world: MemoryWorld, execute: Execute
) -> None:
    """A policy that denies at execution stops an approved action."""
    approval = await agreed(world)
    world.gateway.verdict = sample.verdict(Effect.DENY)
    receipt = await execute(approval)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.FORBIDDEN)
    assert world.actuator.effects == []


def verdict(effect: Effect = Effect.REVIEW, risk: RiskLevel = RiskLevel.LOW, **more: Any) -> PolicyVerdict:
    return sample.verdict(effect, risk).model_copy(update=more)


MORE = [
    pytest.param(verdict(), verdict(risk=RiskLevel.MEDIUM), id="notes"),
    pytest.param(verdict(), verdict(risk=RiskLevel.HIGH), id="two-people"),
    pytest.param(verdict(risk=RiskLevel.HIGH), verdict(risk=RiskLevel.CRITICAL), id="critical"),
    pytest.param(verdict(), unclear("It is away."), id="away"),
    pytest.param(verdict(), verdict(group="dba"), id="a-group"),
    pytest.param(verdict(group="web"), verdict(group="dba"), id="another-group"),
    pytest.param(verdict(), verdict(approval_token="t"), id="the-gateways-own"),
    pytest.param(verdict(Effect.ALLOW), verdict(), id="people"),
    pytest.param(verdict(Effect.ALLOW), verdict(Effect.ALLOW, RiskLevel.MEDIUM), id="a-rule-above-low"),
]


@pytest.mark.parametrize(("then", "now"), MORE)
async def test_ap9_a_policy_that_asks_for_more_by_now_is_obeyed(
    world: MemoryWorld, execute: Execute, then: PolicyVerdict, now: PolicyVerdict
) -> None:
    """Nothing is applied or consumed, and the refusal says that a new approval is needed, and why."""
    approval = await agreed_to(world, then)
    world.gateway.verdict = now
    receipt = await execute(approval)
    assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.CHANGED)
    assert world.ledger.refusals == [receipt.detail]
    assert "now" in receipt.detail or "no longer" in receipt.detail
    assert world.actuator.effects == []
    assert world.desk.row(approval.id).consumed_at is None
    world.gateway.verdict = then
    assert (await execute(approval)).applied


@pytest.mark.parametrize(
    ("then", "now"),
    [
        pytest.param(verdict(risk=RiskLevel.HIGH), verdict(risk=RiskLevel.MEDIUM), id="lower"),
        pytest.param(verdict(group="dba"), verdict(), id="no-group"),
        pytest.param(verdict(group="dba"), verdict(group="dba", rule="other"), id="same-group"),
        pytest.param(verdict(), verdict(Effect.ALLOW), id="no-people"),
        pytest.param(unclear("It was away."), verdict(), id="back"),
        pytest.param(unclear("It was away."), unclear("It is away still."), id="still-away"),
        pytest.param(verdict(), verdict(policy_version="p2", reason="another"), id="another-version"),
    ],
)
async def test_ap9_a_policy_that_asks_for_less_by_now_changes_nothing(
    world: MemoryWorld, execute: Execute, then: PolicyVerdict, now: PolicyVerdict
) -> None:
    """What people approved is enough if the policy asks for as much or for less."""
    approval = await agreed_to(world, then)
    world.gateway.verdict = now
    assert (await execute(approval)).applied


async def test_ap9_a_catalog_that_rates_higher_by_now_is_obeyed(world: MemoryWorld) -> None:
    """The catalog's severity at the execution counts as well as that of the proposal."""
    approval = await agreed_to(world, verdict())
    world.gateway.verdict = verdict()
    entries = [
        entry.model_copy(update={"severity": RiskLevel.HIGH}) for entry in remedies_of("memory", sample.ORG)
    ]
    stricter = RegisteredActuators(
        Catalog(entries=tuple(entries)), {"memory": ServingActuator(world.actuator, (sample.ORG,))}
    )
    acting = Acting(world.ledger, stricter, world.gateway)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    receipt = await ActivityEnvironment().run(acting.execute, approval_id)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.CHANGED)
    assert "HIGH" in receipt.detail
    assert world.actuator.effects == []


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
    approval = await opened(world, verdict())
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


@pytest.mark.parametrize(
    "status", [status for status in GatewayStatus if status is not GatewayStatus.APPROVED]
)
async def test_where_the_gateway_has_an_approval_of_its_own_it_is_needed(
    world: MemoryWorld, execute: Execute, status: GatewayStatus
) -> None:
    """Without the gateway's own approval an approved action is refused; with it, it is done once."""
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
    """An unreachable, unknowing or unconfigured gateway prevents the action."""
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
