from missions.proposal import Effect, RiskLevel, Verdict

RULE = "fail-closed"


def unclear(reason: str) -> Verdict:
    """The verdict wherever a gateway's answer is not clear: a human must approve, at the highest risk."""
    return Verdict(
        effect=Effect.REVIEW, risk=RiskLevel.CRITICAL, rule=RULE, reason=reason, policy_version="unknown"
    )
