"""A recording as a mission would have seen it: the product's own plan, decoders and engine, no lab."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.dashboards.answers.alertmanager import read_alerts
from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.mappings import mapped_series
from adapters.dashboards.answers.prometheus import MATRIX, read_query
from adapters.dashboards.answers.series_ids import with_unique_ids
from adapters.dashboards.products.alertmanager import AlertmanagerDashboard
from adapters.dashboards.products.prometheus.dashboard import queries_of
from adapters.diagnosers.in_process import InProcessDiagnoser
from adapters.planners.registry import RegistryPlanner
from lab.recording.archive import TRUTH, read_file
from lab.recording.columns import unpack
from lab.recording.lines import lines_at
from lab.recording.truth import RecordedTruth
from missions.connector import Connector
from missions.credentials import Sealed
from missions.diagnosis import Diagnosis
from missions.evidence import Basis, Evidence, Origin, Source
from missions.health import DashboardHealth
from missions.mission import Brief
from missions.plan import PanelQuery, Phase, Plan, Target, Window

_NOBODY = UUID(int=0)
_ORG = "lab"


@dataclass(frozen=True)
class Recording:
    """One recorded incident. Reading it is deterministic: the same folder has the same evidence."""

    folder: Path

    @cached_property
    def truth(self) -> RecordedTruth:
        """What really happened. ValidationError for a file of another shape."""
        return RecordedTruth.model_validate_json((self.folder / TRUTH).read_bytes())

    @cached_property
    def connectors(self) -> tuple[Connector, ...]:
        """The dashboards as they were registered."""
        return tuple(Connector.model_validate(item) for item in self._panels["connectors"])

    async def plan(self) -> Plan:
        """The plan of a mission with the recorded prompt, by the product's planner."""
        brief = Brief(
            mission_id=_NOBODY,
            org=_ORG,
            prompt=self.truth.prompt,
            requester=_NOBODY,
            requester_name="the lab",
        )
        return await RegistryPlanner(_RecordedConnectors(self.connectors)).plan(brief)

    async def evidence(self, at: datetime, span: timedelta | None = None) -> tuple[Evidence, ...]:
        """What a mission that begins at this moment sees; `span` replaces the plan's window."""
        plan = await self.plan()
        window = Window(start=at - (span or plan.window), end=at)
        return tuple(self.visit(target, window) for target in plan.targets)

    async def diagnosis(self, at: datetime | None = None, span: timedelta | None = None) -> Diagnosis:
        """The engine's diagnosis at this moment, the complaint by default."""
        evidence = await self.evidence(at or self.truth.moments.complaint, span)
        return await InProcessDiagnoser().diagnose(self.truth.prompt, evidence)

    async def calm_diagnosis(self) -> Diagnosis | None:
        """The engine's diagnosis of the normal time before the onset alone; None in a healthy recording.

        A mission's window at the onset would also show the end of the incident that was recorded before.
        """
        moments = self.truth.moments
        if moments.onset is None:
            return None
        return await self.diagnosis(moments.onset, moments.onset - moments.normal)

    def log(self, name: str, at: datetime) -> list[str]:
        """The lines of a component's or instance's log at this moment, from the recording's start on."""
        return self.file("logs", name, at)

    def file(self, kind: str, name: str, at: datetime) -> list[str]:
        """The lines of one of the `files`, "logs" or "spans", at this moment."""
        recorded = self._files(kind).get(name)
        return lines_at(recorded, at.timestamp()) if recorded else []

    def files(self, kind: str) -> tuple[str, ...]:
        """The components or instances whose "logs" or "spans" were recorded."""
        return tuple(self._files(kind))

    def _files(self, kind: str) -> dict[str, Any]:
        recorded: dict[str, Any] = read_file(self.folder, kind)
        return recorded

    def changes(self) -> list[dict[str, Any]]:
        """What operators did, oldest first."""
        changes: list[dict[str, Any]] = read_file(self.folder, "changes")
        return changes

    def samples(self) -> dict[str, Any]:
        """Prometheus' answer with the raw samples of the selected series."""
        return unpack(read_file(self.folder, "raw")["answer"])

    @cached_property
    def _panels(self) -> dict[str, Any]:
        panels: dict[str, Any] = read_file(self.folder, "panels")
        return panels

    @cached_property
    def _answers(self) -> dict[str, dict[str, Any]]:
        return {query: unpack(packed) for query, packed in self._panels["answers"]}

    @cached_property
    def _alerts(self) -> list[tuple[float, list[dict[str, Any]] | None]]:
        return [(at, alerts) for at, alerts in read_file(self.folder, "alerts")["alertmanager"]]

    def visit(self, target: Target, window: Window) -> Evidence:
        """What a visit of this page at the window's end takes from it."""
        if target.type == "alertmanager":
            return self._visit_alertmanager(target, window)
        queries = queries_of(target)
        label = target.settings.get("serviceLabel", "service")
        decoded = [
            read_query(self._body(query, window), query, label, MATRIX)
            for query in queries
            if self._answers.get(query.query, {}).get("status") == "success"
        ]
        lines = (line for response in decoded for line in response.series)
        series = (mapped_series(line, target.mappings) for line in lines)
        return Evidence(
            target=target.id,
            phase=Phase.BEFORE,
            window=window,
            series=with_unique_ids(series, [(query.panel, query.query) for query in queries]),
            source=Source(type=target.type, basis=Basis.RECORDED),
        )

    def _visit_alertmanager(self, target: Target, window: Window) -> Evidence:
        alerts: list[dict[str, Any]] = []
        for at, active in self._alerts:
            if at <= window.end.timestamp():
                alerts = active or []
        label = target.settings.get("serviceLabel", "service")
        default = PanelQuery(panel="all", query=AlertmanagerDashboard.default_query)
        responses = [
            _decoded(alerts, query, label) for query in target.queries or (default,) if query.query == "{}"
        ]
        lines = {line.id: line for response in responses for line in response.logs}
        return Evidence(
            target=target.id,
            phase=Phase.BEFORE,
            window=window,
            logs=tuple(sorted(lines.values(), key=lambda line: (line.at, line.id))),
            source=Source(type=target.type, basis=Basis.RECORDED),
        )

    def _body(self, query: PanelQuery, window: Window) -> bytes:
        """The range answer as it would have been for this window, by the recording's grid."""
        start, end = window.start.timestamp(), window.end.timestamp()
        rows = [
            row | {"values": [pair for pair in row["values"] if start <= pair[0] <= end]}
            for row in self._answers[query.query]["data"]["result"]
        ]
        result = [row for row in rows if row["values"]]
        return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


class _RecordedConnectors:
    """The port Connectors, of one recording."""

    def __init__(self, connectors: tuple[Connector, ...]) -> None:
        self._connectors = connectors

    async def all(self, org: str) -> list[Connector]:
        """All of them, for any organization."""
        del org
        return list(self._connectors)

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Stores nothing: a recording does not change."""

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces nothing: a recording has no credentials."""
        del org, name, before, after
        return False


def _decoded(alerts: list[dict[str, Any]], query: PanelQuery, label: str) -> DecodedResponse:
    return read_alerts(json.dumps(alerts).encode(), query, label, Origin.PAGE_RESPONSE)
