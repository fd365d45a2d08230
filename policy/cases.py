"""Test cases of a policy: requests, each with the decision that is expected."""

from typing import NamedTuple

from pydantic import AwareDatetime, Field, TypeAdapter

from missions.proposal import Effect
from missions.strict_model import StrictModel
from policy.evaluation import PolicyDecision, PolicyRequest, evaluate
from policy.rules import Level, Policy, Severity


class CaseRequest(StrictModel):
    """The request of a case; the defaults are what a mission sends, but for its organization.

    A case without an organization fits only rules that name none.
    """

    action: str
    service: str
    environment: str
    cluster: str = ""
    namespace: str = ""
    at: AwareDatetime
    organization: str = ""
    tool: str = "ops-agent"
    caller_type: str = "agent"
    severity: Level = Severity.SAFE


class Expected(StrictModel):
    """The expected decision; a field that is left out is not compared."""

    effect: Effect
    rule: str | None = None
    severity: Level | None = None
    group: str | None = None


class PolicyCase(StrictModel):
    """One case of the table."""

    name: str = Field(min_length=1)
    request: CaseRequest
    expect: Expected


class CaseResult(NamedTuple):
    """A case with the policy's decision, and its differences from the expected one: none where it passed."""

    case: PolicyCase
    decision: PolicyDecision
    faults: tuple[str, ...]


_CASES = TypeAdapter(tuple[PolicyCase, ...])


def load_cases(text: str) -> tuple[PolicyCase, ...]:
    """Reads a JSON array of cases. Raises pydantic.ValidationError, a ValueError."""
    return _CASES.validate_json(text)


def run_case(policy: Policy, case: PolicyCase) -> CaseResult:
    """Evaluates the policy and compares."""
    decision = evaluate(policy, PolicyRequest(**dict(case.request)))
    compared = (
        ("effect", case.expect.effect, decision.effect),
        ("rule", case.expect.rule, decision.rule),
        ("severity", case.expect.severity, decision.severity),
        ("group", case.expect.group, decision.group),
    )
    faults = tuple(
        f"{field} is {_name(actual)}, not {_name(expected)}"
        for field, expected, actual in compared
        if expected is not None and expected != actual
    )
    return CaseResult(case, decision, faults)


def _name(value: object) -> str:
    return value.name.lower() if isinstance(value, Severity) else str(value)
