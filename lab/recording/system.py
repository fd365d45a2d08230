"""A running lab as a recording reads it."""

from pathlib import Path

from lab.dashboards.connectors import connectors
from lab.platform import Lab
from lab.recording.sources import Sources
from missions.connector import Connector

_TRACES = ".traces.jsonl"
_UNSEEN = frozenset({"locust", "bank", "faults"})
"""Logs that operators do not have: the customers', the third party's, the fault proxy's."""


def sources_of(lab: Lab) -> Sources:
    """Its dashboards as they are registered, and its files."""
    registered = connectors(lab.prometheus_url, lab.alertmanager_url, lab.components)
    logs = lab.run / "logs"

    def files(ending: str) -> dict[str, Path]:
        names = {path.name.removesuffix(ending): path for path in logs.glob(f"*{ending}")}
        return {name: path for name, path in names.items() if name not in _UNSEEN and ".old" not in name}

    return Sources(
        prometheus_url=lab.prometheus_url,
        alertmanager_url=lab.alertmanager_url,
        connectors=tuple(Connector.model_validate(item) for item in registered),
        logs=lambda: files(".log"),
        spans=lambda: files(_TRACES),
        changes=lab.operations.layout.changes,
        customers=lab.log("locust"),
    )
