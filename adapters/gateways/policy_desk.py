from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from adapters.gateways.policy_gateway import judged
from missions.approval import quorum_for
from missions.errors import InvalidError
from missions.frozen_model import FrozenModel
from missions.plan import ActionKind
from missions.proposal import Effect, Risk
from policy.evaluation import windows_at
from policy.linting import ComplaintKind, lint
from policy.rules import Policy, load_policy, policy_version


class PolicyComplaint(FrozenModel):
    """Something to mend in the policy: the rule, window or action it is about, and why."""

    fault: ComplaintKind
    about: str
    reason: str


class PolicyInForce(FrozenModel):
    """The policy as it counts at `at`. `problem` says why it cannot be read: then everything is reviewed.

    `gateway` is another gateway that judges in the file's place. `open_windows` are those that hold at `at`.
    """

    file: str
    gateway: str | None
    version: str | None
    policy: Policy | None
    problem: str
    complaints: tuple[PolicyComplaint, ...]
    open_windows: tuple[str, ...]
    at: AwareDatetime


class PolicyTestCase(FrozenModel):
    """An action that might be proposed; `severity` is the catalog's, which only raises the policy's."""

    action: str
    service: str
    environment: str
    severity: Risk
    at: AwareDatetime


class Foretold(FrozenModel):
    """What would happen to it: the effect, the rule that says so, and how many people must agree."""

    effect: Effect
    risk: Risk
    rule: str
    reason: str
    group: str | None
    quorum: int
    policy_version: str
    at: AwareDatetime


class PolicyDesk:
    """Shows the policy that missions are judged by, and asks it what it would say. It changes nothing.

    The file is read anew each time, as for missions: a freeze counts at once. All of it blocks.
    """

    def __init__(
        self, file: Path, gateway: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._file = file
        self._gateway = gateway
        self._now = now
        self._linted: tuple[str, tuple[PolicyComplaint, ...]] = ("", ())

    def in_force(self) -> PolicyInForce:
        """The policy now, with what is wrong with it."""
        now, text, policy, problem = self._now(), "", None, ""
        try:
            text = self._file.read_text()
            policy = load_policy(text)
        except (OSError, ValueError) as error:
            problem = _told(error)
        return PolicyInForce(
            file=str(self._file),
            gateway=self._gateway,
            version=policy_version(text) if policy else None,
            policy=policy,
            problem=problem,
            complaints=self._complaints(text, policy) if policy else (),
            open_windows=tuple(sorted(windows_at(policy, now))) if policy else (),
            at=now,
        )

    def foretell(self, what: PolicyTestCase) -> Foretold:
        """As a mission would be answered. Raises InvalidError where another gateway judges."""
        if self._gateway is not None:
            raise InvalidError("Another gateway judges in the policy file's place: ask there.")
        verdict = judged(self._file.read_text, what.action, what.service, what.environment, what.at)
        verdict = verdict.at_least(what.severity)
        return Foretold(
            effect=verdict.effect,
            risk=verdict.risk,
            rule=verdict.rule,
            reason=verdict.reason,
            group=verdict.group,
            quorum=quorum_for(verdict.risk) if verdict.effect is Effect.REVIEW else 0,
            policy_version=verdict.policy_version,
            at=what.at,
        )

    def _complaints(self, text: str, policy: Policy) -> tuple[PolicyComplaint, ...]:
        """Found once for each text: the linter tries every kind of request."""
        known, found = self._linted
        if known != text:
            found = tuple(
                PolicyComplaint(fault=one.fault, about=one.about, reason=one.reason)
                for one in lint(policy, frozenset(ActionKind))
            )
            self._linted = text, found
        return found


def _told(error: Exception) -> str:
    """What is wrong, with its place, in one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    return "The file cannot be read." if isinstance(error, OSError) else "The file is not UTF-8."
