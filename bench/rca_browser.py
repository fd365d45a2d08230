"""20 synthetic incidents, each read from a page with a real Chromium and our adapter, and from files."""

import asyncio
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.browser.egress_proxy import EgressProxyFactory
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from adapters.incidents.folder import read_folder
from bench._incident_site import served, visit_of, write
from bench._local_egress import local_rules
from bench._synthetic import SyntheticCase, cases
from missions.diagnosis import Diagnosis
from missions.evidence import PanelState
from rca.diagnosis import diagnose
from rca.engine import analyze
from rca.reported_symptom import reported_symptom
from runtime.local.chromium import find_chromium, wrapper
from runtime.local_settings import CliSettings

SEED, COUNT = 20_263, 20
BUDGET = Budget(visit=120.0, ready=30.0, body=30.0)


def main() -> int:
    """Exit code 1 if the first candidates differ."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(data: Path) -> int:
    configured = CliSettings().chromium
    sandbox = find_chromium(configured, data).sandbox
    proxies = EgressProxyFactory(local_rules())
    pool = BrowserPool(wrapper(data, configured), sandbox=sandbox, slots=1, env={}, proxies=proxies)
    try:
        same, verdicts, right = await compared(
            DashboardObserver(pool, dashboard_for, BUDGET), cases(COUNT, SEED)
        )
    finally:
        await pool.close()
    figures = {"same_first_candidate": same, "same_verdict": verdicts, "right": right}
    print(json.dumps({"incidents": COUNT} | figures | {"seed": SEED}))
    return 0 if same == COUNT else 1


async def compared(observer: DashboardObserver, incidents: Iterable[SyntheticCase]) -> tuple[int, int, int]:
    """Number of incidents with the same first candidate, the same verdict, and the right first candidate."""
    same = verdicts = right = 0
    for case in incidents:
        page, files = await from_page(observer, case), from_files(case)
        first, other = _first(page), _first(files)
        print(f"{case.fault:<14} page {first:<22} files {other:<22} cause {case.cause}")
        same += first == other
        verdicts += page.verdict is files.verdict
        right += first == case.cause
    return same, verdicts, right


async def from_page(observer: DashboardObserver, case: SyntheticCase) -> Diagnosis:
    """The diagnosis of a mission."""
    async with served(case) as port:
        look = await observer.visit(visit_of(case, port), _ignore)
    if look.sighting.state is not PanelState.READY or look.evidence is None:
        raise RuntimeError(f"The page was not read: {look.sighting.reason or look.sighting.state}")
    return await asyncio.to_thread(diagnose, _symptom(case), (look.evidence,))


def from_files(case: SyntheticCase) -> Diagnosis:
    """The diagnosis of `ops-agent rca`."""
    with tempfile.TemporaryDirectory() as folder:
        write(case, Path(folder))
        telemetry = read_folder(Path(folder))
    return analyze(telemetry, reported_symptom(_symptom(case), telemetry.services))


def _symptom(case: SyntheticCase) -> str:
    service, metric = case.symptom
    failing = any(word in metric for word in ("error", "availab"))
    return f"{service} is {'failing' if failing else 'slow'}"


def _first(diagnosis: Diagnosis) -> str:
    return next((candidate.service for candidate in diagnosis.root_cause_candidates), "")


def _ignore(_: str) -> None:
    """Discards the progress."""
