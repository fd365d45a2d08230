"""Everything that is known about an incident, collected from page evidence or files."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from missions.evidence import Change, Dependency, Evidence, LogLine, Series
from missions.identities.aliases import Aliases, combined
from missions.identities.table import IdentityTable
from rca.alerts import is_alert
from rca.capacity import relative_to_capacity
from rca.counters import rate_of_counter
from rca.identification import (
    change_appearance,
    identity_table,
    log_appearance,
    resolved_calls,
    resolved_changes,
    resolved_logs,
    resolved_series,
    resolved_templates,
    series_appearance,
    template_appearance,
)
from rca.log_templates import LogTemplate, LogTemplateMiner
from rca.series import TimeSeries, series_of
from rca.spans import TraceSpan, series_from_spans
from rca.times import epoch_seconds, in_range

_Item = TypeVar("_Item", Series, LogLine, Change)


@dataclass(frozen=True)
class Telemetry:
    """The engine's input.

    `named_services` are services that are known by name, with or without series. `until` is the end of the
    time that was asked about, epoch seconds: series that end earlier have ended. None: the newest sample.
    `identities` is the table that gave every part the name of its service; None where names are still those
    of the evidence. `started` is when the system got its first requests, epoch seconds, where that was in
    the window.
    """

    series: tuple[TimeSeries, ...]
    logs: tuple[LogLine, ...]
    changes: tuple[Change, ...]
    dependencies: tuple[Dependency, ...]
    named_services: tuple[str, ...] = ()
    log_templates: tuple[LogTemplate, ...] = ()
    until: float | None = None
    identities: IdentityTable | None = None
    started: float | None = None

    @property
    def end(self) -> float:
        """Time of the newest sample, epoch seconds; -inf without samples."""
        return max((float(series.times[-1]) for series in self.series if series.size), default=-np.inf)

    @property
    def shortest_step(self) -> float:
        """The shortest median interval between samples of a series, seconds; 0.0 where there is none."""
        return min((series.step for series in self.series if series.size > 1), default=0.0)

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that has a series, logs, is part of a call or is known by name, sorted."""
        calling = {name for edge in self.dependencies for name in (edge.caller, edge.callee)}
        logging = {template.service for template in self.log_templates if template.service}
        measured = {series.service for series in self.series}
        return tuple(sorted(measured | logging | calling | set(self.named_services)))


def telemetry_of(
    evidence: tuple[Evidence, ...],
    identities: IdentityTable | None = None,
    files: Telemetry | None = None,
) -> Telemetry:
    """The telemetry of all pages together, and of exported `files`. What several pages show is taken once.

    Names are those of services, by a given table (so that later evidence has the names of earlier one) or
    by one that is made of the evidence and of the aliases that its connectors have.
    """
    clusters = sorted({page.cluster for page in evidence})
    parts = {
        cluster: _collected(tuple(page for page in evidence if page.cluster == cluster))
        for cluster in clusters
    }
    if files is not None:
        parts[""] = _joined(parts[""], files) if "" in parts else files
    return _resolved(parts, combined(page.aliases for page in evidence), identities)


def resolved(telemetry: Telemetry, aliases: Aliases | None = None) -> Telemetry:
    """The telemetry with every part under the name of its service; unchanged if it is so already."""
    return telemetry if telemetry.identities is not None else _resolved({"": telemetry}, aliases or {}, None)


def _resolved(
    parts: Mapping[str, Telemetry], aliases: Aliases, identities: IdentityTable | None
) -> Telemetry:
    """The parts of several clusters as one, under the names of services; "" is the cluster of no page."""
    calls = tuple(call for part in parts.values() for call in part.dependencies)
    named = tuple(name for part in parts.values() for name in part.named_services)
    appearances = (
        appearance
        for cluster, part in parts.items()
        for appearance in (
            *(series_appearance(series, cluster) for series in part.series),
            *(log_appearance(line, cluster) for line in part.logs),
            *(change_appearance(change, cluster) for change in part.changes),
            *(template_appearance(template, cluster) for template in part.log_templates),
        )
    )
    table = identities or identity_table(appearances, calls, named, aliases)
    series: list[TimeSeries] = []
    logs: list[LogLine] = []
    changes: list[Change] = []
    templates: list[LogTemplate] = []
    for cluster, part in parts.items():
        series += resolved_series(part.series, table, cluster)
        logs += resolved_logs(part.logs, table, cluster)
        changes += resolved_changes(part.changes, table, cluster)
        templates += resolved_templates(part.log_templates, table, cluster)
    return Telemetry(
        series=tuple(sorted(series, key=lambda each: (each.service, each.metric, each.id))),
        logs=tuple(sorted(logs, key=lambda line: (epoch_seconds(line.at), line.id))),
        changes=tuple(sorted(changes, key=lambda change: (epoch_seconds(change.at), change.id))),
        dependencies=resolved_calls(calls, table),
        named_services=tuple(dict.fromkeys(each for name in named for each in table.names_everywhere(name))),
        log_templates=(*_templates(logs), *templates),
        until=max((part.until for part in parts.values() if part.until is not None), default=None),
        identities=table,
    )


def _joined(pages: Telemetry, files: Telemetry) -> Telemetry:
    return replace(
        pages,
        series=pages.series + files.series,
        changes=pages.changes + files.changes,
        dependencies=tuple(dict.fromkeys(pages.dependencies + files.dependencies)),
        named_services=pages.named_services + files.named_services,
        log_templates=pages.log_templates + files.log_templates,
    )


def _collected(evidence: tuple[Evidence, ...]) -> Telemetry:
    """Everything that the pages show, once, under the names of the pages."""
    logs = _distinct(line for page in evidence for line in page.logs)
    changes = _distinct(change for page in evidence for change in page.changes)
    traced, calls = _traced(evidence)
    edges = {(edge.caller, edge.callee) for page in evidence for edge in (*page.dependencies, *calls)}
    measured = relative_to_capacity(list(map(rate_of_counter, _collected_series(evidence))))
    return Telemetry(
        series=(*measured, *traced),
        logs=tuple(line for line in logs if in_range(line.at)),
        changes=tuple(change for change in changes if in_range(change.at)),
        dependencies=tuple(
            Dependency(caller=caller, callee=callee) for caller, callee in sorted(edges) if caller != callee
        ),
        until=max((epoch_seconds(page.window.end) for page in evidence if page.series), default=None),
    )


def _collected_series(evidence: tuple[Evidence, ...]) -> list[TimeSeries]:
    """The pages' series, each once, with the newest sample that their dashboard had within the window.

    Some dashboards have their numbers later than others, and some pages show what came after the window.
    Compared with these, all other series would seem to have ended.
    """
    recorded = {
        series.model_dump_json(): (page, series_of(series)) for page in evidence for series in page.series
    }
    newest: dict[str, float] = {}
    for page, series in recorded.values():
        if series.size:
            last = min(float(series.times[-1]), epoch_seconds(page.window.end))
            newest[_dashboard(page)] = max(newest.get(_dashboard(page), last), last)
    return [replace(series, source_end=newest.get(_dashboard(page))) for page, series in recorded.values()]


def _traced(evidence: tuple[Evidence, ...]) -> tuple[tuple[TimeSeries, ...], tuple[Dependency, ...]]:
    """What the pages' traces measure, and which services call which. Pages often show some traces only."""
    spans = {
        (span.trace_id, span.span_id): TraceSpan(
            span.trace_id,
            span.span_id,
            span.parent_id,
            span.service,
            epoch_seconds(span.start),
            span.duration_ms / 1000,
            span.error,
        )
        for page in evidence
        for span in page.spans
        if span.service and in_range(span.start) and 0 <= span.duration_ms < math.inf
    }
    series, calls = series_from_spans(tuple(spans.values()))
    newest = max((span.start for span in spans.values()), default=None)
    return tuple(replace(each, source_end=newest) for each in series), calls


def _dashboard(page: Evidence) -> str:
    """The dashboard's name: a target is named after it and the page."""
    return page.target.partition("/")[0]


def _templates(logs: Iterable[LogLine]) -> tuple[LogTemplate, ...]:
    miner = LogTemplateMiner()
    for line in logs:
        if not is_alert(line):
            miner.add(epoch_seconds(line.at), line.service, line.level, line.message, line.id)
    return tuple(miner.templates.values())


def _distinct(items: Iterable[_Item]) -> list[_Item]:
    """Items without repetitions; two items with the same id and different content stay two."""
    return list({item.model_dump_json(): item for item in items}.values())
