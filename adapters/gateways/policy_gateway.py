from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from adapters.gateways.failing_closed import unclear
from missions.proposal import ActionPlace, PolicyVerdict, Proposal
from policy.evaluation import PolicyRequest, evaluate
from policy.rules import load_policy, policy_version

TOOL = "ops-agent"
"""This product's name in a policy (`match.tool`)."""

CALLER = "agent"
"""This product's kind of caller in a policy (`match.callerType`)."""


class PolicyGateway:
    """Evaluates the policy in this process. It is read for each verdict: a freeze takes effect at once.

    With an unreadable policy every verdict is review. `now` returns a time with its zone.
    """

    def __init__(
        self, read: Callable[[], str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._read = read
        self._now = now

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:  # noqa: ARG002  the port passes them
        """The policy's verdict on the organization's action; missions and summaries do not matter to it."""
        action = proposal.action
        return verdict_at(self._read, org, action.kind, action.service, action.place, self._now())


def verdict_at(
    read: Callable[[], str], org: str, action: str, service: str, place: ActionPlace, at: datetime
) -> PolicyVerdict:
    """The policy's verdict on an organization's action at a time; review if it cannot be evaluated."""
    try:
        text = read()
        request = PolicyRequest(
            organization=org,
            tool=TOOL,
            action=action,
            service=service,
            environment=place.environment,
            cluster=place.cluster,
            namespace=place.namespace,
            caller_type=CALLER,
            at=at,
        )
        decision = evaluate(load_policy(text), request)
    except Exception as error:  # noqa: BLE001  fail closed: after any error a human decides
        return unclear(f"The policy could not be applied ({type(error).__name__}).")
    return PolicyVerdict(
        effect=decision.effect,
        risk=decision.severity.risk,
        rule=decision.rule,
        reason=decision.reason,
        policy_version=policy_version(text),
        group=decision.group,
    )
