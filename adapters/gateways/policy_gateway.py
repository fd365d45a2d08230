from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from adapters.gateways.failing_closed import unclear
from missions.proposal import Proposal, Verdict
from policy.evaluation import Request, evaluate
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

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> Verdict:  # noqa: ARG002  the port's
        """What the policy says of the action; it knows nothing of organizations or summaries."""
        try:
            text = self._read()
            policy = load_policy(text)
            judged = evaluate(
                policy,
                Request(
                    tool=TOOL,
                    action=proposal.action.kind,
                    service=proposal.action.service,
                    environment=proposal.action.environment,
                    caller_type=CALLER,
                    at=self._now(),
                ),
            )
        except Exception as error:  # noqa: BLE001  fail closed: whatever went wrong, a human decides
            return unclear(f"The policy could not be applied ({type(error).__name__}).")
        return Verdict(
            effect=judged.effect,
            risk=judged.severity.risk,
            rule=judged.rule,
            reason=judged.reason,
            policy_version=policy_version(text),
            group=judged.group,
        )
