from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from adapters.gateways.failing_closed import unclear
from missions.proposal import PolicyVerdict, Proposal
from policy.evaluation import PolicyRequest, evaluate
from policy.rules import load_policy, policy_version

TOOL = "ops-agent"
"""How this product names itself to a gateway (`match.tool`)."""

CALLER = "agent"
"""What kind of caller it is (`match.callerType`)."""


class PolicyGateway:
    """The policy in this process, read anew for each question: a freeze or a kill switch counts at once.

    A policy that cannot be read judges nothing: everything is review. `now` gives a time with its zone.
    """

    def __init__(
        self, read: Callable[[], str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._read = read
        self._now = now

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:  # noqa: ARG002  the port's
        """What the policy says of the action; it knows nothing of organizations or summaries."""
        action = proposal.action
        return judged(self._read, action.kind, action.service, action.environment, self._now())


def judged(
    read: Callable[[], str], action: str, service: str, environment: str, at: datetime
) -> PolicyVerdict:
    """What the policy says of a mission's action at this moment; review where it cannot be applied."""
    try:
        text = read()
        request = PolicyRequest(
            tool=TOOL, action=action, service=service, environment=environment, caller_type=CALLER, at=at
        )
        decision = evaluate(load_policy(text), request)
    except Exception as error:  # noqa: BLE001  fail closed: whatever went wrong, a human decides
        return unclear(f"The policy could not be applied ({type(error).__name__}).")
    return PolicyVerdict(
        effect=decision.effect,
        risk=decision.severity.risk,
        rule=decision.rule,
        reason=decision.reason,
        policy_version=policy_version(text),
        group=decision.group,
    )
