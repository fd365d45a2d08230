"""The engine's analysis of known incidents, on all cores."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

from bench._incident_sets import KnownIncident
from bench._origin_model import Example, example_of
from missions.diagnosis import Diagnosis
from rca.analysis import analysis_of
from rca.engine import diagnosis_of
from rca.reported_symptom import renamed_report
from rca.telemetry import Telemetry

_NOTHING = Telemetry((), (), (), ())
_incidents: list[KnownIncident] = []
"""Set before the workers are forked: their telemetry is not sent to them."""


def analysed(incidents: Sequence[KnownIncident]) -> Iterator[tuple[Example, Diagnosis]]:
    """The features of each incident, and what the engine says of it, in order."""
    _incidents[:] = incidents
    with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as pool:
        for incident, (example, diagnosis) in zip(
            incidents, pool.map(_analysed, range(len(incidents)), chunksize=4), strict=True
        ):
            yield replace(example, incident=incident), diagnosis


def _analysed(place: int) -> tuple[Example, Diagnosis]:
    incident = _incidents[place]
    telemetry = incident.telemetry
    reported = renamed_report(incident.reported, telemetry.services, telemetry.identities)
    analysis = analysis_of(telemetry, reported, incident.hint)
    given = reported is not None or incident.hint is not None
    sent = replace(incident, telemetry=_NOTHING)
    return example_of(sent, analysis), diagnosis_of(analysis, telemetry, listed=given)
