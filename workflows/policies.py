"""Every queue, timeout and retry, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

from activities.acting import Acting
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.journaling import Journaling, Reporting
from activities.observing import Observing
from activities.planning import Planning
from activities.proposing import Assessing, Proposing
from activities.verifying import Verifying
from missions.errors import PERMANENT

MISSIONS = "missions"
BROWSER = "browser"
ACTIONS = "actions"


@dataclass(frozen=True)
class Policy:
    """How one activity is run. Times in seconds."""

    queue: str
    each: float
    total: float
    attempts: int
    heartbeat: float | None = None

    @property
    def retry(self) -> RetryPolicy:
        """Retries with backoff; errors that a retry cannot mend end it at once."""
        return RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(seconds=10),
            maximum_attempts=self.attempts,
            non_retryable_error_types=[error.__name__ for error in PERMANENT],
        )


Activity = Callable[..., Any]

TABLE: dict[Activity, Policy] = {
    Planning.plan: Policy(MISSIONS, each=10, total=60, attempts=5),
    Observing.observe: Policy(BROWSER, each=30, total=180, attempts=4, heartbeat=5),
    Diagnosing.diagnose: Policy(MISSIONS, each=30, total=120, attempts=4),
    Proposing.propose: Policy(ACTIONS, each=10, total=60, attempts=5),
    Assessing.assess: Policy(MISSIONS, each=10, total=60, attempts=5),
    # What guards a human decision is tried for as long as the approval can matter.
    Deciding.open_approval: Policy(MISSIONS, each=10, total=600, attempts=0),
    Deciding.resolve: Policy(MISSIONS, each=10, total=3600, attempts=0),
    Deciding.revoke: Policy(MISSIONS, each=10, total=3600, attempts=0),
    # Safe to run again: it first looks whether the effect is there, and the target takes an idempotency key.
    Acting.execute: Policy(ACTIONS, each=60, total=300, attempts=10, heartbeat=30),
    Verifying.verify: Policy(MISSIONS, each=30, total=120, attempts=4),
    Reporting.report: Policy(MISSIONS, each=30, total=300, attempts=10),
    Journaling.record: Policy(MISSIONS, each=10, total=86_400, attempts=0),
}

ACT_WITHIN = timedelta(minutes=5)
"""How long after the time to decide an approval may still be consumed."""

SETTLING = (timedelta(seconds=14), timedelta(seconds=6), timedelta(seconds=10))
"""Waits before each look at the same panels after the action; recovery makes the later ones unnecessary."""
