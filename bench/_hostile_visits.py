import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psutil

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.browser.egress_proxy import EgressAllowance, EgressProxyFactory, connect_to
from adapters.browser.http_relay import Stream
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from bench._hostile_pages import TRIALS, HostilePage
from bench._hostile_site import ForbiddenServer, hostile_site
from bench._local_egress import local_rules
from missions.errors import BrowserError
from missions.plan import Phase, Target, Visit, Window

BUDGET = Budget(goto=5, ready=5, body=3, read=3, screenshot=4, close=3, visit=20, answer_bytes=20_000_000)
_HANG_S = 60.0
_INSIDE = "10.9.8.7"


@dataclass
class HostileTally:
    """Counts of failures over all pages; all but `pages` should be zero."""

    pages: int = 0
    egress: int = 0
    hangs: int = 0
    orphans: int = 0
    wrong: list[str] = field(default_factory=list)


class _Rebinding:
    """DNS rebinding: a name of the site at a private address, and then of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked = count()
        self.strays = 0

    async def resolve(self, _: str) -> Sequence[str]:
        """The private address and this machine's, in turns: a visit resolves once."""
        return [_INSIDE] if next(self._asked) % 2 == 0 else ["127.0.0.1"]

    async def connect(self, address: str, port: int) -> Stream:
        """Connects to the site by either address; all other connections are counted and refused."""
        if port != self._port or address not in (_INSIDE, "127.0.0.1"):
            self.strays += 1
            raise ConnectionRefusedError
        return await connect_to("127.0.0.1", port)


class _Processes:
    """The browsers' processes. They are recorded while they run, because orphans change their parent.

    Processes that ran before, such as a test's servers, and their children are left out.
    """

    def __init__(self) -> None:
        self._before = set(psutil.Process().children())
        self._seen: set[psutil.Process] = set()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Records the processes ten times a second."""
        async with asyncio.TaskGroup() as group:
            recording = group.create_task(self._record())
            try:
                yield
            finally:
                recording.cancel()

    async def left(self) -> int:
        """The number of processes that are left after 30 seconds."""
        for _ in range(300):
            if not (alive := self._alive()):
                return 0
            await asyncio.sleep(0.1)
        return alive

    def _alive(self) -> int:
        return sum(_is_alive(process) for process in self._seen)

    async def _record(self) -> None:
        while True:
            for child in set(psutil.Process().children()) - self._before:
                with suppress(psutil.Error):
                    self._seen |= {child, *child.children(recursive=True)}
            await asyncio.sleep(0.1)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie has ended."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def visit_hostile_pages(
    chromium: Path,
    *,
    sandbox: bool,
    trials: tuple[HostilePage, ...] = TRIALS,
    slots: int = 2,
    budget: Budget = BUDGET,
) -> HostileTally:
    """Visits every page, and counts what went wrong."""
    tally, forbidden, processes = HostileTally(), ForbiddenServer(), _Processes()
    async with forbidden.open(), hostile_site(trials, forbidden) as port:
        names = _Rebinding(port)
        guard = EgressProxyFactory(
            local_rules(),
            names.resolve,
            names.connect,
            EgressAllowance(exchanges=100, traffic_bytes=30_000_000),
        )
        pool = BrowserPool(chromium, sandbox=sandbox, slots=slots, env={}, proxies=guard, budget=budget)
        observer = DashboardObserver(pool, dashboard_for, budget)
        places = asyncio.Semaphore(slots)  # so that no visit's time includes waiting for a slot
        async with processes.watched():
            await asyncio.gather(*(_visit(observer, trial, port, tally, places) for trial in trials))
        if (running := await pool.current()) is not None:
            tally.orphans += len(running.browser.contexts)
        await pool.close()
        tally.egress = forbidden.hits + names.strays
    tally.orphans += await processes.left()
    return tally


async def _visit(
    observer: DashboardObserver,
    trial: HostilePage,
    port: int,
    tally: HostileTally,
    places: asyncio.Semaphore,
) -> None:
    now = datetime.now(UTC)
    target = Target(
        id=f"hostile/{trial.name}",
        connector="hostile",
        type="web",
        base_url=f"http://{trial.host}:{port}",
        path=trial.path or f"/{trial.name}",
        title=trial.name,
        panels=trial.panels,
    )
    window = Window(start=now - timedelta(minutes=5), end=now)
    visit = Visit(org="bench", mission_id="bench", target=target, window=window, phase=Phase.BEFORE)
    tally.pages += 1
    try:
        async with places, asyncio.timeout(_HANG_S):
            sighting = (await observer.visit(visit, lambda _: None)).sighting
        outcome = f"{sighting.state}: {sighting.reason}"
    except BrowserError as error:
        outcome = error.detail
    except TimeoutError:
        tally.hangs += 1
        outcome = "hung"
    if not re.match(trial.outcome, outcome):
        tally.wrong.append(f"{trial.name}: {outcome}")
