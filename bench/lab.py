"""The engine on recorded incidents of the lab, beside chance, three-sigma and BARO.

The engine's weights are fitted on the development half among other sets. HELD_OUT=1 reads the other half,
too, and the output says so: nothing was tuned on it.
"""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._baro import Baro
from bench._baselines import three_sigma
from bench._lab_tally import EngineTally, RankingTally
from lab.recording.archive import recordings_in
from lab.recording.reader import Recording
from lab.recording.split import DEVELOPMENT, HELD_OUT
from missions.diagnosis import Diagnosis
from rca.telemetry import Telemetry, telemetry_of
from runtime.local_settings import ROOT, LabBenchSettings
from runtime.settings import load

RECORDINGS = ROOT / "lab" / "recordings"
_ALL = "all"
_ENGINE = "ops-agent"
_COLUMNS = ("faults", "top1", "top3", "found", "claims_right", "healthy_said", "types_right", "ece")


@dataclass(frozen=True)
class DiagnosedRecording:
    """A recording with the engine's diagnosis at the complaint and, of a fault, in the calm before it."""

    recording: Recording
    telemetry: Telemetry
    diagnosis: Diagnosis
    calm: Diagnosis | None


def main() -> int:
    """Exit code 1 where there is no recording."""
    settings = load(LabBenchSettings)
    sets = (DEVELOPMENT, HELD_OUT) if settings.held_out else (DEVELOPMENT,)
    if settings.held_out:
        print("The held-out half was looked at in this run.")
    baro = Baro(settings.ops_agent_data / "lab" / "baro")
    if baro.missing:
        print(f"BARO is left out: {baro.missing}")
    results: dict[str, Any] = {"held_out": settings.held_out}
    for name in sets:
        folders = recordings_in(RECORDINGS / name)
        if not folders:
            print(f"There is no recording in {(RECORDINGS / name).relative_to(ROOT)}: see make lab-record.")
            continue
        results[name] = _score(name, folders, baro)
    print(json.dumps(results))
    return 0 if len(results) > 1 else 1


def _score(name: str, folders: list[Path], baro: Baro) -> dict[str, Any]:
    diagnosed = [asyncio.run(_diagnosed(folder)) for folder in folders]
    tallies: dict[str, EngineTally] = defaultdict(EngineTally)
    for item in diagnosed:
        for part in (_ALL, item.recording.truth.family):
            tallies[part].add(item.diagnosis, item.recording.truth)
            if item.calm is not None:
                tallies[part].add_calm(item.calm)
    figures = {part: tally.figures() for part, tally in tallies.items()}
    methods = _methods([item for item in diagnosed if not item.recording.truth.healthy], baro)
    methods = {_ENGINE: {rate: figures[_ALL][rate] for rate in ("top1", "top3")}} | methods
    _print(name, len(folders), figures, methods)
    return {"recordings": len(folders)} | figures.pop(_ALL) | {"families": figures, "methods": methods}


async def _diagnosed(folder: Path) -> DiagnosedRecording:
    recording = Recording(folder)
    telemetry = telemetry_of(await recording.evidence(recording.truth.moments.complaint))
    return DiagnosedRecording(
        recording, telemetry, await recording.diagnosis(), await recording.calm_diagnosis()
    )


def _methods(faults: list[DiagnosedRecording], baro: Baro) -> dict[str, dict[str, float]]:
    """Top-1 and top-3 of the other methods, on the same series of the same window."""
    tallies: dict[str, RankingTally] = defaultdict(RankingTally)
    cases = []
    for item in faults:
        truth, telemetry = item.recording.truth, item.telemetry
        onset = (truth.moments.onset or truth.moments.complaint).timestamp()
        cases.append((telemetry, onset))
        tallies["chance"].add_chance(telemetry.services, truth)
        tallies["three-sigma"].add(three_sigma(telemetry, None), truth)
        tallies["three-sigma, onset given"].add(three_sigma(telemetry, onset), truth)
    if baro.missing is None and cases:
        for method, rankings in zip(("BARO", "BARO, onset given"), baro.rankings(cases), strict=True):
            for item, ranking in zip(faults, rankings, strict=True):
                tallies[method].add(ranking, item.recording.truth)
    return {method: tally.figures() for method, tally in tallies.items()}


def _print(
    name: str, count: int, figures: dict[str, dict[str, Any]], methods: dict[str, dict[str, float]]
) -> None:
    whole = figures[_ALL]
    print(f"\nLab, {name}: {count} recordings")
    print(f"  {'':<14}" + "".join(f"{column:>14}" for column in _COLUMNS))
    for part in (_ALL, *sorted(figures.keys() - {_ALL})):
        print(f"  {part:<14}" + "".join(f"{figures[part][column]:>14}" for column in _COLUMNS))
    print(
        f"  causes claimed in {whole['healthy']} healthy systems: {whole['claims_on_healthy']}, "
        f"in the calm before {whole['calm']} faults: {whole['claims_in_calm']}"
    )
    print(f"  {'method':<26} {'top-1':>6} {'top-3':>6}")
    for method, rates in methods.items():
        print(f"  {method:<26} {rates['top1']:>6.3f} {rates['top3']:>6.3f}")
