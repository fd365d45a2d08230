"""The queue, timeouts and retries of every activity, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

from activities.acting import Acting
from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.gateway_syncing import GatewaySyncing
from activities.journaling import Journaling, Reporting
from activities.observing import Observing
from activities.planning import Planning
from activities.printing import Printing
from activities.probing import Probing, Registering
from activities.proposing import Proposing
from activities.verifying import Verifying
from missions.errors import PERMANENT
from missions.plan import Plan
from missions.proof import LONGEST_PROOF_S
from missions.proposal import PolicyVerdict, RiskLevel

MISSIONS = "missions"
BROWSER = "browser"
ACTIONS = "actions"


@dataclass(frozen=True)
class ActivityPolicy:
    """How one activity is run. Times are in seconds.

    `attempt_s` is the start-to-close timeout of one attempt: the wait for a free worker does not count.
    `max_attempts` 0 retries without limit. `total_s` is the schedule-to-close timeout.
    """

    queue: str
    attempt_s: float
    max_attempts: int
    total_s: float | None = None
    heartbeat_s: float | None = None

    @property
    def retry(self) -> RetryPolicy:
        """Retries with backoff, but not after errors that a retry cannot fix."""
        return RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(seconds=10),
            maximum_attempts=self.max_attempts,
            non_retryable_error_types=[error.__name__ for error in PERMANENT] + self._timeouts,
        )

    @property
    def _timeouts(self) -> list[str]:
        """Timeouts that ActivityRunner counts itself, to quarantine the mission after MAX_LOST_WORKERS."""
        retried_without_limit = self.max_attempts == 0
        return [] if retried_without_limit else ["TemporalTimeout:StartToClose", "TemporalTimeout:Heartbeat"]


MAX_LOST_WORKERS = 3
"""Quarantine a mission after this many workers died while running the same activity."""

Activity = Callable[..., Any]

ACTIVITY_POLICIES: dict[Activity, ActivityPolicy] = {
    Planning.plan: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=5),
    # Includes the three minutes in which a person may control the browser, and the longest limits of a page.
    Observing.observe: ActivityPolicy(BROWSER, attempt_s=400, max_attempts=4, heartbeat_s=10),
    Diagnosing.diagnose: ActivityPolicy(MISSIONS, attempt_s=30, max_attempts=4),
    # Runs while pages are still visited: a late answer is replaced by the one after the next page.
    Diagnosing.weigh: ActivityPolicy(MISSIONS, attempt_s=15, max_attempts=0, total_s=30),
    Proposing.propose: ActivityPolicy(ACTIONS, attempt_s=30, max_attempts=5),
    Proposing.renew: ActivityPolicy(ACTIONS, attempt_s=10, max_attempts=5),
    Proposing.propose_undo: ActivityPolicy(ACTIONS, attempt_s=10, max_attempts=5),
    Assessing.assess: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=5),
    # Retried without limit: an approval that stays open without its mission would be worse.
    Deciding.open_approval: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=0),
    Deciding.resolve: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=0),
    Deciding.remind: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=3),
    Deciding.revoke: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=0),
    # Repeated with the next poll anyway. Makes three calls to the gateway, each with its own deadline.
    GatewaySyncing.keep_in_step: ActivityPolicy(MISSIONS, attempt_s=20, max_attempts=3, total_s=60),
    # Safe to retry: it looks for the effect first, and the target takes an idempotency key.
    # The total is shorter than ACT_WITHIN.
    Acting.execute: ActivityPolicy(ACTIONS, attempt_s=60, max_attempts=0, total_s=240, heartbeat_s=10),
    # A person waits for the answer, or a schedule asks again: no retry.
    Probing.probe: ActivityPolicy(BROWSER, attempt_s=60, max_attempts=1, total_s=75, heartbeat_s=10),
    Probing.discover: ActivityPolicy(BROWSER, attempt_s=60, max_attempts=1, total_s=75, heartbeat_s=10),
    Probing.detect: ActivityPolicy(BROWSER, attempt_s=60, max_attempts=1, total_s=75, heartbeat_s=10),
    Probing.seal_anew: ActivityPolicy(BROWSER, attempt_s=10, max_attempts=3, total_s=60),
    Printing.print_report: ActivityPolicy(BROWSER, attempt_s=40, max_attempts=1, total_s=45, heartbeat_s=10),
    Registering.list_probes: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=5, total_s=60),
    Registering.note_health: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=5, total_s=60),
    Registering.replace_seal: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=5, total_s=60),
    Verifying.plan_proof: ActivityPolicy(MISSIONS, attempt_s=30, max_attempts=4),
    Verifying.verify: ActivityPolicy(MISSIONS, attempt_s=30, max_attempts=4),
    Reporting.report: ActivityPolicy(MISSIONS, attempt_s=30, max_attempts=10),
    Journaling.record: ActivityPolicy(MISSIONS, attempt_s=10, max_attempts=0),
}

ACT_WITHIN = timedelta(minutes=5)
"""How long after the decision an approval may be consumed."""

GATEWAY_POLL = timedelta(seconds=5), timedelta(seconds=30)
"""Poll interval for an external gateway's approval: starts at 5 s and doubles up to 30 s."""

DECIDE_HIGH_RISK_WITHIN = timedelta(minutes=15)
"""Longest time to decide an action of risk HIGH or CRITICAL."""

MAX_CANDIDATES = 3
"""Actions that one mission tries; undoing one is not counted."""

MAX_APPROVALS = 3
"""Approvals that one action may ask for: a new one is needed when its target or the policy has changed."""

MAX_REPEATED_LOOKS = 2
"""Repeated visits to pages that may show the evidence that a diagnosis is missing."""

REPEAT_AFTER = timedelta(seconds=10)
"""Wait before a repeated visit: new samples arrive, and people may give feedback."""


PLANNED_PROOF = "planned-proof"
"""The patch with which missions plan the proof of a recovery and look again later."""

LATER_LOOK_AFTER = timedelta(minutes=10)
"""How long after a recovery the same pages are looked at again."""

UNKNOWN_AGAIN_AFTER = timedelta(minutes=1)
UNKNOWN_LOOKS = 6
"""Further looks while the result is unknown after the proof's time: an alert needs minutes to resolve."""


def looks_after(settling: tuple[timedelta, ...], proof: timedelta) -> tuple[timedelta, ...]:
    """When a mission looks, counted from the action, at most: it stops with the first result.

    Early looks at the plan's waits show progress. The proof is complete no sooner than its time and the
    plan's last wait. The looks after it are for a result that is still unknown.
    """
    waits = tuple(sum(settling[: count + 1], timedelta()) for count in range(len(settling)))
    proven = max(min(proof, timedelta(seconds=LONGEST_PROOF_S)), *waits[-1:], timedelta())
    later = (proven + count * UNKNOWN_AGAIN_AFTER for count in range(1, UNKNOWN_LOOKS + 1))
    return (*(at for at in waits if at < proven), proven, *later)


def decide_within(plan: Plan, verdict: PolicyVerdict) -> timedelta:
    """How long people may decide: the plan's time, at most DECIDE_HIGH_RISK_WITHIN from risk HIGH on."""
    if verdict.risk >= RiskLevel.HIGH:
        return min(plan.decide_within, DECIDE_HIGH_RISK_WITHIN)
    return plan.decide_within
