"""Generated incidents as the engine's input, without their cause."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from bench._shop_faults import ShopIncident
from bench._synthetic import SyntheticCase
from missions.evidence import Change, Dependency
from rca.log_templates import LogTemplateMiner
from rca.reported_symptom import ReportedSymptom
from rca.series import time_series
from rca.telemetry import Telemetry


def telemetry_of_case(case: SyntheticCase) -> Telemetry:
    """The series, changes and calls of a synthetic incident."""
    return Telemetry(
        series=tuple(
            time_series(
                "/".join(key), *key, case.times, values, baseline=case.baseline.get(key, np.array([]))
            )
            for key, values in case.values.items()
        ),
        logs=(),
        changes=tuple(
            Change(
                id=f"change/{place}",
                at=datetime.fromtimestamp(change.at, UTC),
                service=change.service,
                kind=change.kind,
                description=f"{change.kind} of {change.service}",
            )
            for place, change in enumerate(case.changes)
        ),
        dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in case.calls),
        named_services=tuple(dict.fromkeys(name for call in case.calls for name in call)),
    )


def telemetry_of_shop(incident: ShopIncident) -> tuple[Telemetry, ReportedSymptom | None, float | None]:
    """The telemetry, the reported symptom and the onset (epoch seconds), the latter two if they are known."""
    miner = LogTemplateMiner()
    for line in incident.lines:
        miner.add(line.at, line.service, line.level, line.message)
    telemetry = replace(telemetry_of_case(incident.case), log_templates=tuple(miner.templates.values()))
    if not incident.has_graph:
        telemetry = replace(telemetry, dependencies=(), named_services=())
    reported = ReportedSymptom(*incident.case.symptom) if incident.has_report else None
    return telemetry, reported, incident.case.onset if incident.has_onset else None
