"""`execute` asks the policy and the gateway again: what is approved must be enough by now."""

from typing import Any

import pytest
import samples as sample
from agreed_approvals import Execute, agreed, agreed_to
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from adapters.actions.registry import RegisteredActuators, ServingActuator
from adapters.gateways.failing_closed import unclear
from missions.approval import GatewayStatus
from missions.catalog import Catalog, remedies_of
from missions.errors import UnavailableError
from missions.proposal import Effect, PolicyVerdict, Refusal, RiskLevel


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
