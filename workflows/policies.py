"""Every queue, timeout and retry, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

from activities.acting import Acting
from activities.agreeing import Agreeing
from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.journaling import Journaling, Reporting
from activities.observing import Observing
from activities.planning import Planning
from activities.printing import Printing
from activities.probing import Probing, Registering
from activities.proposing import Proposing
from activities.verifying import Verifying
from missions.errors import PERMANENT
from missions.plan import Plan
from missions.proposal import PolicyVerdict, RiskLevel

MISSIONS = "missions"
BROWSER = "browser"
ACTIONS = "actions"


@dataclass(frozen=True)
class ActivityPolicy:
    """How one activity is run. Times in seconds.

    `each` limits an attempt from its start: waiting for a worker is no failure. `attempts` 0: until it works.
    """

    queue: str
    each: float
    attempts: int
    total: float | None = None
    heartbeat: float | None = None

    @property
    def retry(self) -> RetryPolicy:
        """Retries with backoff; errors that a retry cannot mend end it at once."""
        return RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(seconds=10),
            maximum_attempts=self.attempts,
            non_retryable_error_types=[error.__name__ for error in PERMANENT] + self._losses,
        )

    @property
    def _losses(self) -> list[str]:
        """What the stage counts itself; what is tried until it works survives lost workers, too."""
        return [] if self.attempts == 0 else ["TemporalTimeout:StartToClose", "TemporalTimeout:Heartbeat"]


LOSSES = 3
"""So many workers may be lost with one activity; then its mission is set apart, and hurts no more of them."""

Activity = Callable[..., Any]

TABLE: dict[Activity, ActivityPolicy] = {
    Planning.plan: ActivityPolicy(MISSIONS, each=10, attempts=5),
    # Of it three minutes are a person's, who may take the browser over.
    Observing.observe: ActivityPolicy(BROWSER, each=240, attempts=4, heartbeat=10),
    Diagnosing.diagnose: ActivityPolicy(MISSIONS, each=30, attempts=4),
    # Asked while more is looked at: what does not answer soon is asked again with the next page.
    Diagnosing.weigh: ActivityPolicy(MISSIONS, each=15, attempts=0, total=30),
    Proposing.propose: ActivityPolicy(ACTIONS, each=30, attempts=5),
    Proposing.renew: ActivityPolicy(ACTIONS, each=10, attempts=5),
    Proposing.propose_undo: ActivityPolicy(ACTIONS, each=10, attempts=5),
    Assessing.assess: ActivityPolicy(MISSIONS, each=10, attempts=5),
    # What guards a human decision is tried until it works: a mission without an end would be worse.
    Deciding.open_approval: ActivityPolicy(MISSIONS, each=10, attempts=0),
    Deciding.resolve: ActivityPolicy(MISSIONS, each=10, attempts=0),
    Deciding.remind: ActivityPolicy(MISSIONS, each=10, attempts=3),
    Deciding.revoke: ActivityPolicy(MISSIONS, each=10, attempts=0),
    # Asked again at the next look anyway; three calls to the gateway, each with a deadline of its own.
    Agreeing.keep_in_step: ActivityPolicy(MISSIONS, each=20, attempts=3, total=60),
    # Safe to run again: it first looks whether the effect is there, and the target takes an idempotency key.
    # Not longer than an approval may be acted on.
    Acting.execute: ActivityPolicy(ACTIONS, each=60, attempts=0, total=240, heartbeat=10),
    # Asked for by somebody who waits, or by the clock: no second try.
    Probing.probe: ActivityPolicy(BROWSER, each=45, attempts=1, total=60, heartbeat=10),
    Probing.discover: ActivityPolicy(BROWSER, each=45, attempts=1, total=60, heartbeat=10),
    Probing.seal_anew: ActivityPolicy(BROWSER, each=10, attempts=3, total=60),
    Printing.print_report: ActivityPolicy(BROWSER, each=40, attempts=1, total=45, heartbeat=10),
    Registering.list_probes: ActivityPolicy(MISSIONS, each=10, attempts=5, total=60),
    Registering.note_health: ActivityPolicy(MISSIONS, each=10, attempts=5, total=60),
    Registering.replace_seal: ActivityPolicy(MISSIONS, each=10, attempts=5, total=60),
    Verifying.verify: ActivityPolicy(MISSIONS, each=30, attempts=4),
    Reporting.report: ActivityPolicy(MISSIONS, each=30, attempts=10),
    Journaling.record: ActivityPolicy(MISSIONS, each=10, attempts=0),
}

ACT_WITHIN = timedelta(minutes=5)
"""How long after the decision an approval may be consumed."""

STEP = timedelta(seconds=5), timedelta(seconds=30)
"""How soon a gateway that keeps an approval of its own is asked how it stands, twice as late each time."""

HIGH_WITHIN = timedelta(minutes=15)
"""The longest time to decide what is of high risk."""

CANDIDATES = 3
"""So many actions a mission proposes; what takes one back is not counted."""

ASKS = 3
"""So often people are asked for one action: anew, where the target changed since."""


LOOKS_AGAIN = 2
"""So often a mission looks again at what may show the evidence that is missing."""

PATIENCE = timedelta(seconds=10)
"""How long it waits before that: panels fill, samples come, and people may have something to say."""


def decide_within(plan: Plan, verdict: PolicyVerdict) -> timedelta:
    """How long people may decide: the plan's time, shorter where the risk is high."""
    return min(plan.decide_within, HIGH_WITHIN) if verdict.risk >= RiskLevel.HIGH else plan.decide_within
