from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from adapters.gateways.policy_gateway import verdict_at
from missions.approval import quorum_for
from missions.errors import InvalidError
from missions.frozen_model import FrozenModel
from missions.plan import ActionKind
from missions.proposal import ActionPlace, Effect, Risk
from policy.evaluation import policy_of, windows_at
from policy.linting import ComplaintKind, lint
from policy.rules import Policy, load_policy, policy_version

UNREADABLE = "The policy cannot be read."
"""The problem as organizations see it that do not own the file."""


class PolicyComplaint(FrozenModel):
    """A finding of the policy linter: the rule, window or action concerned, and the reason."""

    fault: ComplaintKind
    about: str
    reason: str


class PolicyInForce(FrozenModel):
    """An organization's part of the policy at the time `at`: its rules and windows, and what is wrong there.

    With a `problem` the policy cannot be read, and every verdict is review. `external` says that a gateway
    decides instead of the file. `open_windows` are active at `at`. Only the installation's first organization
    sees `file`, the address `gateway`, and where in the file a problem is.
    """

    file: str | None
    external: bool
    gateway: str | None
    version: str | None
    policy: Policy | None
    problem: str
    complaints: tuple[PolicyComplaint, ...]
    open_windows: tuple[str, ...]
    at: AwareDatetime


class PolicyTestCase(FrozenModel):
    """An organization's hypothetical action; `severity` is the catalog's, which only raises the policy's."""

    organization: str
    action: str
    service: str
    environment: str
    cluster: str = ""
    namespace: str = ""
    severity: Risk
    at: AwareDatetime


class PolicyTestResult(FrozenModel):
    """The policy's verdict on a hypothetical action, and how many people would have to approve it."""

    effect: Effect
    risk: Risk
    rule: str
    reason: str
    group: str | None
    quorum: int
    policy_version: str
    at: AwareDatetime


class PolicyDesk:
    """Shows and tests the policy that applies to missions. It changes nothing.

    The file is read on each call, as for missions: a freeze takes effect at once. The methods block.
    """

    def __init__(
        self, file: Path, gateway: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._file = file
        self._gateway = gateway
        self._now = now

    def in_force(self, organization: str, *, is_first: bool) -> PolicyInForce:
        """The organization's part of the policy now, with the linter's complaints about it.

        `is_first`: it is the installation's first organization, which is its owner's.
        """
        now, text, policy, problem = self._now(), "", None, ""
        try:
            text = self._file.read_text()
            policy = policy_of(load_policy(text), organization)
        except (OSError, ValueError) as error:
            problem = _message(error) if is_first else UNREADABLE
        return PolicyInForce(
            file=str(self._file) if is_first else None,
            external=self._gateway is not None,
            gateway=self._gateway if is_first else None,
            version=policy_version(text) if policy else None,
            policy=policy,
            problem=problem,
            complaints=_complaints(text, organization) if policy else (),
            open_windows=tuple(sorted(windows_at(policy, now))) if policy else (),
            at=now,
        )

    def test(self, case: PolicyTestCase) -> PolicyTestResult:
        """The verdict that a mission would get. Raises InvalidError where an external gateway decides."""
        if self._gateway is not None:
            raise InvalidError(
                "An external gateway decides instead of the policy file: test the policy there."
            )
        read = self._file.read_text
        place = ActionPlace(cluster=case.cluster, environment=case.environment, namespace=case.namespace)
        verdict = verdict_at(read, case.organization, case.action, case.service, place, case.at).at_least(
            case.severity
        )
        return PolicyTestResult(
            effect=verdict.effect,
            risk=verdict.risk,
            rule=verdict.rule,
            reason=verdict.reason,
            group=verdict.group,
            quorum=quorum_for(verdict.risk) if verdict.effect is Effect.REVIEW else 0,
            policy_version=verdict.policy_version,
            at=case.at,
        )


@lru_cache(maxsize=100)
def _complaints(text: str, organization: str) -> tuple[PolicyComplaint, ...]:
    """The linter's complaints, cached: the linter tries every kind of request."""
    return tuple(
        PolicyComplaint(fault=complaint.fault, about=complaint.about, reason=complaint.reason)
        for complaint in lint(load_policy(text), frozenset(ActionKind), organization)
    )


def _message(error: Exception) -> str:
    """The error in one line, with its place in the file."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    return "The file cannot be read." if isinstance(error, OSError) else "The file is not UTF-8."
