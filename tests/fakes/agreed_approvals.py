"""Approvals that people or a rule have agreed to, in memory."""

from collections.abc import Awaitable, Callable

import samples as sample
from memory_world import MemoryWorld

from missions.approval import Approval, VoteChoice
from missions.proposal import Effect, PolicyVerdict, Receipt, RiskLevel

Execute = Callable[[Approval], Awaitable[Receipt]]
"""Runs the activity `execute` on an approval."""


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
