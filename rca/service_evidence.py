"""What an analysis has found, before it is weighed."""

from collections.abc import Mapping
from dataclasses import dataclass

from missions.evidence import Change
from rca.alerts import Alert
from rca.call_graph import CallGraph
from rca.log_templates import LogSpike
from rca.reported_symptom import ReportedSymptom
from rca.shifts import LevelShift


@dataclass(frozen=True)
class ServiceEvidence:
    """The evidence of one analysis. `latency` and `errors` have one shift for each service."""

    services: tuple[str, ...]
    reported: ReportedSymptom | None
    graph: CallGraph
    shifts: tuple[LevelShift, ...]
    latency: Mapping[str, LevelShift]
    errors: Mapping[str, LevelShift]
    requests: Mapping[str, float]
    alerts: tuple[Alert, ...]
    spikes: tuple[LogSpike, ...]
    changes: Mapping[str, Change]
    stopped: frozenset[str]
    step: float
    backends: frozenset[str] = frozenset()
