from adapters.gateways.failing_closed import unclear
from missions.proposal import Proposal, Verdict
from policy.evaluation import Request, evaluate
from policy.rules import load_policy, policy_version

TOOL = "ops-agent"
"""How this product names itself to a gateway (`match.tool`)."""

CALLER = "agent"
"""What kind of caller it is (`match.callerType`)."""


class PolicyGateway:
    """The policy in this process. A policy that cannot be read judges nothing: everything is review."""

    def __init__(self, policy_text: str) -> None:
        self._text = policy_text

    async def assess(self, org: str, proposal: Proposal, summary: str) -> Verdict:  # noqa: ARG002  the port's
        """What the policy says of the action; it knows nothing of organizations or summaries."""
        try:
            policy = load_policy(self._text)
            judged = evaluate(
                policy,
                Request(
                    tool=TOOL,
                    action=proposal.action.kind,
                    service=proposal.action.service,
                    environment=proposal.action.environment,
                    caller_type=CALLER,
                ),
            )
        except Exception as error:  # noqa: BLE001  fail closed: whatever went wrong, a human decides
            return unclear(f"The policy could not be applied ({type(error).__name__}).")
        return Verdict(
            effect=judged.effect,
            risk=judged.severity.risk,
            rule=judged.rule,
            reason=judged.reason,
            policy_version=policy_version(self._text),
        )
