"""A background loop that ends stops its process, and resources are always closed."""

import asyncio

import httpx
import pytest
from loopback import dead_port
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from missions.errors import UnavailableError
from runtime.job_metrics import JobMetrics, serve_metrics
from runtime.resources import Resources
from runtime.supervision import BackgroundLoops, Loop, LoopEndedError
from workers.running import WorkerProcess, serve


class RecordedResource:
    """A resource that records when it is closed."""

    def __init__(self, name: str, closed: list[str], *, fails: bool = False) -> None:
        self._name, self._closed, self._fails = name, closed, fails

    async def close(self) -> None:
        self._closed.append(self._name)
        if self._fails:
            raise OSError(f"{self._name} does not close")


@pytest.fixture
def loops() -> BackgroundLoops:
    return BackgroundLoops(JobMetrics(CollectorRegistry()))


def running() -> set[str]:
    """The loops of these tests that are still running."""
    return {task.get_name() for task in asyncio.all_tasks()} & {"other", "broken", "endless", "waiting"}


async def endless() -> None:
    await asyncio.Event().wait()


async def returns() -> None:
    """A loop that returns at once."""


async def raises() -> None:
    raise KeyError("a bug of the loop")


async def cancels_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("loop", [returns, raises, cancels_itself])
async def test_a_loop_that_ends_is_logged_once_and_ends_the_block(loops: BackgroundLoops, loop: Loop) -> None:
    """A loop that ends in any way cancels the block and the other loops, and asks the process to end."""
    failures: list[str] = []
    loops.add("other", endless)
    loops.add("broken", loop)
    with capture_logs() as logs, pytest.raises(LoopEndedError, match="broken"):
        async with loops.running(lambda: failures.append("end")):
            await asyncio.Event().wait()
    assert failures == ["end"]
    assert [(line["loop"], line["log_level"]) for line in logs] == [("broken", "critical")]
    assert not running()


async def test_the_end_of_the_block_ends_the_loops(loops: BackgroundLoops) -> None:
    """The end of the block ends the loops without a log line."""
    loops.add("endless", endless)
    loops.every(60.0, lambda _run: endless(), name="waiting")
    with capture_logs() as logs:
        async with loops.running(lambda: pytest.fail("nothing has failed")):
            await asyncio.sleep(0)
    assert logs == []
    assert not running()


async def test_an_error_of_the_block_is_raised_as_it_is(loops: BackgroundLoops) -> None:
    """An error of the block is raised unchanged and in no group, so that the caller can catch its type."""
    loops.add("endless", endless)
    with pytest.raises(ValueError, match="of the block") as failure:
        async with loops.running(lambda: pytest.fail("no loop has failed")):
            raise ValueError("of the block") from (cause := OSError("the disk is full"))
    assert failure.value.__cause__ is cause


@pytest.mark.parametrize("error", [UnavailableError("Temporal is away."), RuntimeError("a fatal error")])
async def test_a_worker_that_cannot_run_ends_with_a_line(error: Exception) -> None:
    """With exit code 1, and what was opened before is closed."""
    closed: list[str] = []

    async def wire(resources: Resources) -> WorkerProcess:
        resources.closing(RecordedResource("first", closed))
        raise error

    with capture_logs() as logs:
        assert await serve(wire) == 1
    assert [line["log_level"] for line in logs] == ["critical"]
    assert closed == ["first"]


async def test_resources_are_closed_in_reverse_order_even_after_errors() -> None:
    """All resources are closed in reverse order, even after errors of the wiring or of closing one."""
    closed: list[str] = []

    async def wire() -> None:
        async with Resources() as resources:
            resources.closing(RecordedResource("first", closed))
            resources.closing(RecordedResource("second", closed, fails=True))
            resources.closing(RecordedResource("third", closed))
            raise ValueError("the wiring failed")

    with pytest.raises(OSError, match="second"):
        await wire()
    assert closed == ["third", "second", "first"]


async def test_a_workers_metrics_are_served_until_it_stops() -> None:
    """A worker serves its metrics at METRICS_ADDRESS until it stops, and nowhere without that setting."""
    registry = CollectorRegistry()
    JobMetrics(registry).declare("tidy")
    url = f"http://127.0.0.1:{(port := dead_port())}/metrics"
    async with httpx.AsyncClient(trust_env=False) as http:
        async with Resources() as resources:
            serve_metrics(None, registry, resources)
            serve_metrics(f"127.0.0.1:{port}", registry, resources)
            page = (await http.get(url)).text
        with pytest.raises(httpx.ConnectError):
            await http.get(url)
    assert 'ops_agent_job_runs_total{job="tidy",outcome="failed"} 0.0' in page
