from missions.proposal import Effect, PolicyVerdict, RiskLevel

RULE = "fail-closed"


def unclear(reason: str) -> PolicyVerdict:
    """The verdict for an unclear response of a gateway: a human must approve, at the highest risk."""
    return PolicyVerdict(
        effect=Effect.REVIEW, risk=RiskLevel.CRITICAL, rule=RULE, reason=reason, policy_version="unknown"
    )
