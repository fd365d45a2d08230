"""The same incident from a page and from files: 20 synthetic ones, a real Chromium, our own adapter."""

import asyncio
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from adapters.incidents.folder import read_folder
from bench._incident_site import served, visit_of, write
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
    """Exit code 1 where the first candidates differ."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(data: Path) -> int:
    configured = CliSettings().chromium
    sandbox = find_chromium(configured, data).sandbox
    pool = BrowserPool(wrapper(data, configured), sandbox=sandbox, slots=1, env={})
    try:
        same, verdicts, right = await compared(
            DashboardObserver(pool, dashboard_for, BUDGET), cases(COUNT, SEED)
        )
    finally:
        await pool.close()
    told = {"same_first_candidate": same, "same_verdict": verdicts, "right": right}
    print(json.dumps({"incidents": COUNT} | told | {"seed": SEED}))
    return 0 if same == COUNT else 1


async def compared(observer: DashboardObserver, incidents: Iterable[SyntheticCase]) -> tuple[int, int, int]:
    """For how many the first candidate is the same from both, and the verdict, and the first is the cause."""
    same = verdicts = right = 0
    for case in incidents:
        seen, read = await from_page(observer, case), from_files(case)
        first, other = _first(seen), _first(read)
        print(f"{case.fault:<14} page {first:<22} files {other:<22} cause {case.cause}")
        same += first == other
        verdicts += seen.verdict is read.verdict
        right += first == case.cause
    return same, verdicts, right


async def from_page(observer: DashboardObserver, case: SyntheticCase) -> Diagnosis:
    """As a mission diagnoses it."""
    async with served(case) as port:
        look = await observer.visit(visit_of(case, port), _ignore)
    if look.sighting.state is not PanelState.READY or look.evidence is None:
        raise RuntimeError(f"The page was not read: {look.sighting.reason or look.sighting.state}")
    return await asyncio.to_thread(diagnose, _complaint(case), (look.evidence,))


def from_files(case: SyntheticCase) -> Diagnosis:
    """As `ops-agent rca` diagnoses it."""
    with tempfile.TemporaryDirectory() as folder:
        write(case, Path(folder))
        telemetry = read_folder(Path(folder))
    return analyze(telemetry, reported_symptom(_complaint(case), telemetry.services))


def _complaint(case: SyntheticCase) -> str:
    service, metric = case.symptom
    failing = any(word in metric for word in ("error", "availab"))
    return f"{service} is {'failing' if failing else 'slow'}"


def _first(diagnosis: Diagnosis) -> str:
    return next((one.service for one in diagnosis.root_cause_candidates), "")


def _ignore(_: str) -> None:
    """Nobody watches."""
