"""`every` handles errors of a job, of an organization's turn in it, and of itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from missions.errors import UnavailableError
from runtime.job_metrics import JobMetrics
from runtime.periodic import JITTER, UNEXPECTED_LIMIT, Job, JobRun, every, pause

JOB = "tidy"


class EndLoop(BaseException):
    """Ends a loop from inside, because no code catches it."""


class ScriptedJob:
    """A job whose runs raise these errors one after the other, and then end the loop."""

    def __init__(self, *errors: BaseException | None, more: bool = False) -> None:
        self._errors = list(errors)
        self._more = more

    async def __call__(self, _run: JobRun) -> bool:
        if not self._errors:
            raise EndLoop
        if (error := self._errors.pop(0)) is not None:
            raise error
        return self._more


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that a loop made; none of them takes time."""
    made: list[float] = []

    def no_pause(period_s: float) -> float:
        made.append(pause(period_s))
        return 0

    monkeypatch.setattr("runtime.periodic.pause", no_pause)
    return made


def runs(registry: CollectorRegistry, outcome: str) -> float | None:
    return registry.get_sample_value("ops_agent_job_runs_total", {"job": JOB, "outcome": outcome})


async def loop(job: Job, registry: CollectorRegistry) -> list[Any]:
    """Runs the job's loop until it ends itself, and returns its log."""
    with capture_logs() as logs, pytest.raises(EndLoop):
        await every(60.0, job, name=JOB, metrics=JobMetrics(registry))
    return list(logs)


@pytest.mark.parametrize("error", [UnavailableError("away"), ConnectionResetError(), KeyError("a bug")])
async def test_an_error_of_a_run_is_logged_and_counted_and_the_next_run_tries_again(
    error: Exception, registry: CollectorRegistry, pauses: list[float]
) -> None:
    """An outage and a bug are logged and counted, and the next run's success is recorded with its time."""
    logs = await loop(ScriptedJob(None, error, None), registry)
    assert [line["event"] for line in logs] == ["a job failed"]
    assert (runs(registry, "succeeded"), runs(registry, "failed")) == (2, 1)
    last_success = registry.get_sample_value("ops_agent_job_last_success_timestamp_seconds", {"job": JOB})
    assert last_success is not None
    assert last_success > 0
    assert len(pauses) == 3


async def test_an_outage_is_tolerated_for_as_long_as_it_lasts(
    registry: CollectorRegistry, pauses: list[float]
) -> None:
    """An outage never ends the loop, because a restart would not help."""
    await loop(ScriptedJob(*[UnavailableError()] * (3 * UNEXPECTED_LIMIT)), registry)
    assert runs(registry, "failed") == len(pauses) == 3 * UNEXPECTED_LIMIT


async def test_a_job_that_fails_unexpectedly_again_and_again_ends_the_loop(
    registry: CollectorRegistry, pauses: list[float]
) -> None:
    """Unexpected errors in a row end the loop; a success or an outage restarts the count."""
    bugs = [KeyError("a bug")] * (UNEXPECTED_LIMIT - 1)
    await loop(ScriptedJob(*bugs, None, *bugs, UnavailableError(), *bugs), registry)
    job = ScriptedJob(*bugs, ValueError("the last one"))
    with capture_logs(), pytest.raises(ValueError, match="the last one"):
        await every(60.0, job, name=JOB, metrics=JobMetrics(CollectorRegistry()))
    assert pauses


async def test_a_cancellation_inside_a_job_does_not_end_the_loop_in_silence(
    registry: CollectorRegistry, pauses: list[float]
) -> None:
    """A cancellation inside a job, and not of the loop, is treated as an error."""
    await loop(ScriptedJob(asyncio.CancelledError(), None), registry)
    assert (runs(registry, "failed"), runs(registry, "succeeded")) == (1, 1)
    assert len(pauses) == 2


async def test_a_cancelled_loop_ends(registry: CollectorRegistry) -> None:
    """A loop that is cancelled during a run ends."""
    task = asyncio.ensure_future(
        every(60.0, lambda _run: asyncio.Event().wait(), name=JOB, metrics=JobMetrics(registry))
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_pauses_are_jittered_and_left_out_while_there_is_more(
    registry: CollectorRegistry, pauses: list[float]
) -> None:
    """Pauses vary; a full queue is processed without a pause, unless a run failed."""
    await loop(ScriptedJob(*[None] * 50), registry)
    assert len(set(pauses)) > 1
    assert all(60 * (1 - JITTER) <= pause <= 60 * (1 + JITTER) for pause in pauses)
    pauses.clear()
    await loop(ScriptedJob(None, UnavailableError(), more=True), CollectorRegistry())
    assert len(pauses) == 1


async def test_an_organization_that_fails_stops_no_other(
    registry: CollectorRegistry, pauses: list[float]
) -> None:
    """An organization's error is logged with its name and counted, and the others have their turn."""
    turns: list[str] = []

    async def turn(organization: str) -> None:
        turns.append(organization)
        if organization == "broken":
            raise KeyError("a bug")

    then: Callable[[JobRun], Awaitable[bool]] = ScriptedJob()

    async def job(run: JobRun) -> bool:
        if turns:
            return await then(run)
        await run.for_each(["acme", "broken", "zeta"], turn)
        return True

    logs = await loop(job, registry)
    assert turns == ["acme", "broken", "zeta"]
    assert [(line["organization"], line["log_level"]) for line in logs] == [("broken", "error")]
    assert runs(registry, "failed") == 1
    assert registry.get_sample_value("ops_agent_job_organization_failures_total", {"job": JOB}) == 1
    assert len(pauses) == 1, "a failing run was repeated at once"
