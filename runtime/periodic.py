"""The one loop of all periodic work. `docs/decisions/0027-processes.md` has its rules about errors."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import structlog
from temporalio.service import RPCError

from missions.errors import UnavailableError
from runtime.job_metrics import JobMetrics

log = structlog.get_logger(__name__)
JITTER = 0.1
"""A pause differs from the period by up to this share, so that processes do not run in step."""

OUTAGES = (UnavailableError, RPCError, OSError)
"""A server that a job needs does not answer. It will: the job is tried again for as long as it takes."""

UNEXPECTED_LIMIT = 10
"""A loop ends after this many runs in a row that raised anything but an outage."""


class JobRun:
    """One run of a job. It keeps an error in one organization's turn away from the other organizations."""

    def __init__(self, job: str, metrics: JobMetrics) -> None:
        self._job = job
        self._metrics = metrics
        self.failures = 0
        """How many turns raised, and one more if the job itself did."""

    @contextmanager
    def turn_of(self, organization: str) -> Iterator[None]:
        """Logs and counts what the block raises, and goes on behind it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever it is, the other organizations go on
            self.count_failure()
            _log("an organization's turn failed", error, organization=organization)

    def count_failure(self) -> None:
        """Counts an organization's failure that the job has logged itself."""
        self.failures += 1
        self._metrics.organization_failed(self._job)

    async def for_each(self, organizations: Iterable[str], turn: Callable[[str], Awaitable[object]]) -> None:
        """Gives each organization its turn, one after the other."""
        for organization in organizations:
            with self.turn_of(organization):
                await turn(organization)


Job = Callable[[JobRun], Awaitable[bool | None]]
"""One run of periodic work. True: there is more to do, run again without a pause."""


async def every(period_s: float, job: Job, *, name: str, metrics: JobMetrics) -> NoReturn:
    """Runs the job now, and again `period_s` seconds after each run has ended, give or take the jitter.

    An error of the job is logged and counted, and the next run tries again. Raises the error of the last run
    once `UNEXPECTED_LIMIT` runs in a row raised something else than an outage.
    """
    metrics.declare(name)
    unexpected = 0
    with structlog.contextvars.bound_contextvars(job=name):
        while True:
            run, more = JobRun(name, metrics), False
            try:
                more = await job(run) or False
                unexpected = 0
            except OUTAGES as error:
                run.failures += 1
                unexpected = 0
                _log("a job failed", error)
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                run.failures += 1
                unexpected += 1
                if unexpected == UNEXPECTED_LIMIT:
                    raise
                _log("a job failed", error)
            metrics.ran(name, succeeded=run.failures == 0)
            await asyncio.sleep(0 if more and run.failures == 0 else pause(period_s))


def pause(period_s: float) -> float:
    """How long a loop waits, in seconds: its period with the jitter."""
    return period_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  not a secret


def _is_cancelled() -> bool:
    """Whether the loop's own task is cancelled, and not only something that the job awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _log(message: str, error: BaseException, **values: str) -> None:
    """An outage is a line; anything else has its traceback."""
    if isinstance(error, OUTAGES):
        log.warning(message, reason=str(error) or type(error).__name__, **values)
    else:
        log.error(message, exc_info=error, **values)
