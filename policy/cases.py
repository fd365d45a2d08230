"""Examples that a policy must answer as people expect: requests, each with the answer it must get."""

from typing import NamedTuple

from pydantic import AwareDatetime, Field, TypeAdapter

from missions.proposal import Effect
from missions.strict_model import StrictModel
from policy.evaluation import Judgement, Request, evaluate
from policy.rules import Level, Policy, Severity


class CaseRequest(StrictModel):
    """The request of a case; what is left out is what a mission sends."""

    action: str
    service: str
    environment: str
    at: AwareDatetime
    tool: str = "ops-agent"
    caller_type: str = "agent"
    severity: Level = Severity.SAFE


class Expected(StrictModel):
    """The answer that must come; what is left out is not compared."""

    effect: Effect
    rule: str | None = None
    severity: Level | None = None
    group: str | None = None


class PolicyCase(StrictModel):
    """One line of the table."""

    name: str = Field(min_length=1)
    request: CaseRequest
    expect: Expected


class CaseResult(NamedTuple):
    """A case with the policy's answer, and what is wrong with it; empty where nothing is."""

    case: PolicyCase
    judgement: Judgement
    faults: tuple[str, ...]


_CASES = TypeAdapter(tuple[PolicyCase, ...])


def load_cases(text: str) -> tuple[PolicyCase, ...]:
    """Reads a JSON array of cases. Raises pydantic.ValidationError, a ValueError."""
    return _CASES.validate_json(text)


def run_case(policy: Policy, case: PolicyCase) -> CaseResult:
    """Asks the policy and compares."""
    judgement = evaluate(policy, Request(**dict(case.request)))
    compared = (
        ("effect", case.expect.effect, judgement.effect),
        ("rule", case.expect.rule, judgement.rule),
        ("severity", case.expect.severity, judgement.severity),
        ("group", case.expect.group, judgement.group),
    )
    faults = tuple(
        f"{what} is {_name(found)}, not {_name(wanted)}"
        for what, wanted, found in compared
        if wanted is not None and wanted != found
    )
    return CaseResult(case, judgement, faults)


def _name(value: object) -> str:
    return value.name.lower() if isinstance(value, Severity) else str(value)
