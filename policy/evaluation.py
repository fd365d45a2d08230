"""What the policy says of a request. Pure: same policy, same request, same answer."""

from pydantic import BaseModel, ConfigDict

from missions.proposal import Effect
from policy.rules import Match, Policy, Severity

DEFAULT_RULE = "default"
"""Named where no rule matched."""


class Request(BaseModel):
    """What is to be judged. `severity` only raises what the policy says of the action, never lowers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    action: str
    service: str
    environment: str
    caller_type: str
    severity: Severity = Severity.SAFE


class Judgement(BaseModel):
    """The effect with the rule that said so."""

    model_config = ConfigDict(frozen=True)

    effect: Effect
    severity: Severity
    rule: str
    reason: str


def evaluate(policy: Policy, request: Request) -> Judgement:
    """The first rule that matches decides, else the default."""
    severity = max(policy.severities.get(request.action, Severity.CRITICAL), request.severity)
    for rule in policy.rules:
        if _matches(rule.match, request, severity):
            reason = rule.reason or f"Rule {rule.id} matched."
            return Judgement(effect=rule.effect, severity=severity, rule=rule.id, reason=reason)
    return Judgement(
        effect=policy.default_effect, severity=severity, rule=DEFAULT_RULE, reason="No rule matched."
    )


def _matches(match: Match, request: Request, severity: Severity) -> bool:
    named = (
        (match.tool, request.tool),
        (match.action, request.action),
        (match.service, request.service),
        (match.environment, request.environment),
        (match.caller_type, request.caller_type),
    )
    return (
        all(wanted is None or wanted == given for wanted, given in named)
        and (match.min_severity is None or severity >= match.min_severity)
        and (match.max_severity is None or severity <= match.max_severity)
    )
