"""Every set of incidents that the engine is developed on, in one form. Only the scorer reads the truth.

The recorded ones are other people's: PetShop, two of Online Boutique, Kubernetes scenarios of logs only. The
lab's are recordings of other people's software under our faults, the generated ones are our own.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adapters.incidents.folder import read_folder
from bench import _petshop
from bench._lab_files import files_of
from bench._shop_faults import healthy_shops
from bench._shop_faults import incidents as shop_incidents
from bench._synthetic import cases, healthy
from bench._telemetry import telemetry_of_case, telemetry_of_shop
from lab.recording.archive import recordings_in
from lab.recording.reader import Recording
from lab.recording.split import DEVELOPMENT
from rca.reported_symptom import ReportedSymptom
from rca.telemetry import Telemetry, resolved, telemetry_of
from runtime.local_settings import ROOT

GENERATED = 120
"""Incidents of a generator, and half as many healthy systems."""
_SEED = 5
_DATA = Path("shared", "data", "rca")
_RECORDED = {"changerca_half": "boutique", "nezha_boutique": "boutique", "opensre_eks": "eks"}


@dataclass(frozen=True)
class KnownIncident:
    """One window of telemetry with what is known about it.

    Sets of one `system` are left out together in cross-validation. `causes` are all right names, empty for a
    healthy system. `hint` is the given onset, epoch seconds, or None.
    """

    set: str
    system: str
    name: str
    telemetry: Telemetry
    causes: frozenset[str]
    reported: ReportedSymptom | None = None
    hint: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to find."""
        return not self.causes


def incident_sets() -> dict[str, list[KnownIncident]]:
    """All sets that are there, by name."""
    makers: dict[str, Callable[[], Iterator[KnownIncident]]] = {
        "petshop_low": _petshop_incidents,
        **{name: partial(_folders, name) for name in _RECORDED},
        "lab": _lab,
        "lab_files": partial(_lab, files=True),
        "synthetic": _synthetic,
        "shops": _shops,
    }
    made = {name: list(make()) for name, make in makers.items()}
    return {name: incidents for name, incidents in made.items() if incidents}


def data_folder() -> Path | None:
    """The folder of recorded sets beside the project, or None."""
    parents = Path(__file__).resolve().parents
    return next((parent / _DATA for parent in parents if (parent / _DATA).is_dir()), None)


def _petshop_incidents() -> Iterator[KnownIncident]:
    root = _petshop.folder()
    if root is None:
        return
    for window in (*_petshop.incidents(root), *_petshop.normal_windows(root)):
        causes = frozenset({window.cause} if window.cause else ())
        telemetry = resolved(window.telemetry)
        yield KnownIncident("petshop_low", "petshop", window.name, telemetry, causes, window.reported)


def _folders(name: str) -> Iterator[KnownIncident]:
    root = data_folder()
    if root is None:
        return
    for folder in sorted(path for path in (root / name).iterdir() if path.is_dir()):
        truth = json.loads((folder / "truth.json").read_text())
        baseline = root / name / truth["baseline"] if truth.get("baseline") else None
        telemetry = resolved(read_folder(folder, baseline))
        yield KnownIncident(name, _RECORDED[name], folder.name, telemetry, frozenset(truth["service"]))


def _lab(*, files: bool = False) -> Iterator[KnownIncident]:
    """Each recording at its complaint and, of a fault, the calm before it; `files` adds logs and traces."""
    name = "lab_files" if files else "lab"
    for folder in recordings_in(ROOT / "lab" / "recordings" / DEVELOPMENT):
        recording = Recording(folder)
        truth, moments = recording.truth, recording.truth.moments
        causes = frozenset() if truth.healthy else truth.accepted
        evidence = asyncio.run(recording.evidence(moments.complaint))
        exported = files_of(recording, moments.complaint) if files else None
        seen = telemetry_of(evidence, files=exported)
        yield KnownIncident(name, "lab", truth.id, seen, causes)
        if moments.onset is not None:
            evidence = asyncio.run(recording.evidence(moments.onset, moments.onset - moments.normal))
            exported = files_of(recording, moments.onset) if files else None
            seen = telemetry_of(evidence, files=exported)
            yield KnownIncident(name, "lab", f"{truth.id}, before", seen, frozenset())


def _synthetic() -> Iterator[KnownIncident]:
    for place, case in enumerate((*cases(GENERATED, _SEED), *healthy(GENERATED // 2, _SEED))):
        causes = frozenset({case.cause} if case.cause else ())
        reported = ReportedSymptom(*case.symptom) if case.cause else None
        telemetry = resolved(telemetry_of_case(case))
        yield KnownIncident("synthetic", "synthetic", f"{_SEED}/{place}", telemetry, causes, reported)


def _shops() -> Iterator[KnownIncident]:
    made = (*shop_incidents(GENERATED, _SEED), *healthy_shops(GENERATED // 2, _SEED))
    for place, incident in enumerate(made):
        telemetry, reported, hint = telemetry_of_shop(incident)
        causes = frozenset({incident.case.cause} if incident.case.cause else ())
        yield KnownIncident("shops", "shops", f"{_SEED}/{place}", resolved(telemetry), causes, reported, hint)
