"""Debian's Prometheus with exactly known samples."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from connector_system import Guarded, System, connector_system, guarded_dashboard
from local_ports import answering, free_port

from adapters.browser.browser_pool import BrowserPool
from missions.panel_mapping import PanelMapping
from missions.plan import PanelQuery, Phase, Target, Visit, Window

BEGIN = 1772366400
"""Sunday 2026-03-01 12:00 UTC in epoch seconds, when the known samples begin."""

TRUTH: dict[str, list[tuple[float, str | None]]] = {
    # One sample each 5 s: None is a gap.
    "checkout": [
        (BEGIN, "0.1"),
        (BEGIN + 5, "NaN"),
        (BEGIN + 10, "+Inf"),
        (BEGIN + 15, None),
        (BEGIN + 20, "-Inf"),
        (BEGIN + 25, "0.30000000000000004"),
        (BEGIN + 30, "1e-300"),
        (BEGIN + 60, "-0"),
    ],
    "payments": [(BEGIN + 5 * step, f"{step * 1.1!r}") for step in range(13)],
}


@dataclass(frozen=True)
class Prometheus:
    """A running server; `truth` has the samples of each service without gaps."""

    url: str
    truth: dict[str, list[tuple[float, float]]]


@pytest.fixture(scope="session")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    """Debian's Prometheus with a block that contains the known samples."""
    binary, tool = shutil.which("prometheus"), shutil.which("promtool")
    if binary is None or tool is None:
        pytest.skip("Debian's prometheus is not installed: apt-get install prometheus")
    home = tmp_path_factory.mktemp("prometheus")
    lines = ["# TYPE latency_p95_seconds gauge"]
    for service, samples in TRUTH.items():
        lines += [
            f'latency_p95_seconds{{service="{service}"}} {value} {moment}'
            for moment, value in samples
            if value is not None
        ]
    (home / "truth.txt").write_text("\n".join([*lines, "# EOF", ""]))
    (home / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n")
    make = [tool, "tsdb", "create-blocks-from", "openmetrics", str(home / "truth.txt"), str(home / "data")]
    await asyncio.to_thread(subprocess.run, make, check=True, capture_output=True, timeout=60)
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        binary,
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        "--query.lookback-delta=4s",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await answering(f"{url}/-/ready")
        truth = {
            service: [(float(moment), float(value)) for moment, value in samples if value is not None]
            for service, samples in TRUTH.items()
        }
        yield Prometheus(url, truth)
    finally:
        process.terminate()
        await process.wait()


def visit_page(
    type_: str,
    url: str,
    window: Window,
    *,
    panels: tuple[str, ...] = (),
    queries: tuple[PanelQuery, ...] = (),
    mappings: tuple[PanelMapping, ...] = (),
    path: str = "/",
    **settings: str,
) -> Visit:
    """A visit of one page of a product."""
    target = Target(
        id=f"{type_}/page",
        connector=type_,
        type=type_,
        base_url=url,
        path=path,
        title=f"{type_} page",
        panels=panels or tuple(query.panel for query in queries),
        settings=settings,
        queries=queries,
        mappings=mappings,
    )
    return Visit(org="acme", mission_id="m1", target=target, window=window, phase=Phase.BEFORE)


@pytest.fixture(name="visit_page")
def _visit_page() -> Callable[..., Visit]:
    return visit_page


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
    async with guarded_dashboard() as made:
        yield made


@pytest.fixture
async def system(servers: Any, urls: Any, pool: BrowserPool, guarded: Guarded) -> AsyncIterator[System]:
    async with connector_system(servers, urls, pool, guarded) as made:
        yield made
