"""Gives every part of the evidence the name of the service that it is about."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from missions.evidence import Change, Dependency, LogLine
from missions.identities.addresses import host_of
from missions.identities.aliases import Aliases
from missions.identities.appearances import Appearance
from missions.identities.entities import ScopeKind
from missions.identities.table import IdentityTable
from rca.log_templates import LogTemplate
from rca.series import TimeSeries
from semantics.meaning import OwnerLevel, SeriesOwner
from semantics.owners import level_of, owners_of

_SUBJECTS = frozenset({OwnerLevel.SERVICE, OwnerLevel.WORKLOAD, OwnerLevel.POD, OwnerLevel.CONTAINER})
_OF_THE_SCRAPE = frozenset({"job", "exported_job"})
"""Labels that may name only the exporter: they give no series a service that it does not have."""
_PROBES = "probe_"
_ASKED = frozenset({"target", "instance"})
"""Labels of a probe's series with the address that was asked: the probe's own name says nothing of it."""

_SAME_PLACE = (ScopeKind.CLUSTER, ScopeKind.ENVIRONMENT)


def series_appearance(series: TimeSeries, cluster: str = "") -> Appearance:
    """How a series names what it is about; a given `cluster` is the one that the page shows."""
    name = _probed(series) or ("" if _names_the_scrape(series) else series.service)
    appearance = _labelled(name, series.meaning.owners, cluster)
    return appearance._replace(measured=True)


def log_appearance(line: LogLine, cluster: str = "") -> Appearance:
    """How a log line names its service."""
    owners, _ = owners_of((), None, line.fields, ())
    return _labelled(line.service, owners, cluster)


def change_appearance(change: Change, cluster: str = "") -> Appearance:
    """How a change names its service."""
    return Appearance(name=change.service, cluster=cluster)


def template_appearance(template: LogTemplate, cluster: str = "") -> Appearance:
    """How a template names its service."""
    return Appearance(name=template.service, cluster=cluster)


def resolved_series(
    all_series: Iterable[TimeSeries], table: IdentityTable, cluster: str = ""
) -> tuple[TimeSeries, ...]:
    """The series under the names of their services."""
    return tuple(
        series if name == series.service else replace(series, service=name)
        for series in all_series
        for name in (table.name_of(series_appearance(series, cluster)),)
    )


def resolved_logs(logs: Iterable[LogLine], table: IdentityTable, cluster: str = "") -> tuple[LogLine, ...]:
    """The lines under the names of their services."""
    return tuple(
        line if name == line.service else line.model_copy(update={"service": name})
        for line in logs
        for name in (table.name_of(log_appearance(line, cluster)),)
    )


def resolved_changes(
    changes: Iterable[Change], table: IdentityTable, cluster: str = ""
) -> tuple[Change, ...]:
    """The changes under the names of their services."""
    return tuple(
        change if name == change.service else change.model_copy(update={"service": name})
        for change in changes
        for name in (table.name_of(change_appearance(change, cluster)),)
    )


def resolved_templates(
    templates: Iterable[LogTemplate], table: IdentityTable, cluster: str = ""
) -> tuple[LogTemplate, ...]:
    """The templates under the names of their services; those of one service's replicas become one."""
    merged: dict[tuple[str, str], LogTemplate] = {}
    for template in templates:
        name = table.name_of(template_appearance(template, cluster))
        first = merged.get((name, template.template))
        if first is None:
            merged[name, template.template] = (
                template if name == template.service else replace(template, service=name)
            )
        else:
            times = array("d", sorted((*first.times, *template.times)))
            merged[name, template.template] = replace(first, times=times)
    return tuple(merged.values())


def resolved_calls(calls: Sequence[Dependency], table: IdentityTable) -> tuple[Dependency, ...]:
    """The calls between the services' places: within one cluster and environment where both are there."""
    edges = {
        (caller, callee)
        for call in calls
        for caller in table.names_everywhere(call.caller)
        for callee in _nearest(caller, table.names_everywhere(call.callee), table)
        if caller != callee
    }
    return tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(edges))


def identity_table(
    appearances: Iterable[Appearance], calls: Iterable[Dependency], names: Iterable[str], aliases: Aliases
) -> IdentityTable:
    """The table of everything that evidence names."""
    called = (name for call in calls for name in (call.caller, call.callee))
    return IdentityTable(appearances, aliases, (*called, *names))


def _labelled(name: str, owners: Sequence[SeriesOwner], cluster: str) -> Appearance:
    """The appearance by labels. Without a name the subject is what the labels are about, if it may be one."""
    values: Mapping[OwnerLevel, str] = {owner.level: owner.value for owner in owners if owner.value}
    about_service = bool(owners) and owners[0].level in _SUBJECTS and owners[0].label not in _OF_THE_SCRAPE
    return Appearance(
        name=name,
        service=values.get(OwnerLevel.SERVICE, "") if about_service else "",
        workload=values.get(OwnerLevel.WORKLOAD, "") if about_service else "",
        pod=values.get(OwnerLevel.POD, "") if about_service else "",
        container=values.get(OwnerLevel.CONTAINER, "") if about_service else "",
        instance=values.get(OwnerLevel.INSTANCE, ""),
        host=values.get(OwnerLevel.HOST, ""),
        cluster=cluster or values.get(OwnerLevel.CLUSTER, ""),
        environment=values.get(OwnerLevel.ENVIRONMENT, ""),
        namespace=values.get(OwnerLevel.NAMESPACE, ""),
    )


def _names_the_scrape(series: TimeSeries) -> bool:
    """Whether the series has the name of the job that scrapes it, and is about something else.

    An exporter of processes, of containers or of a cluster's objects measures what its own labels name.
    """
    owner = next(iter(series.meaning.owners), None)
    return (
        owner is not None
        and bool(owner.value)
        and owner.label not in _OF_THE_SCRAPE
        and level_of(owner.label) in _SUBJECTS
        and any(label in _OF_THE_SCRAPE and value == series.service for label, value in series.labels)
    )


def _probed(series: TimeSeries) -> str:
    """The name of what a probe asks, as its address says; "" for a series of another kind."""
    owner = next(iter(series.meaning.owners), None)
    asks = series.meaning.metric.startswith(_PROBES)
    if not asks or owner is None or owner.label not in _ASKED or owner.level is not OwnerLevel.INSTANCE:
        return ""
    return host_of(owner.value)


def _nearest(caller: str, callees: tuple[str, ...], table: IdentityTable) -> tuple[str, ...]:
    """The places of the callee that the caller reaches: its own cluster, there its own namespace."""
    place = table.identities.get(caller)
    if place is None or len(callees) == 1:
        return callees
    for kinds in ((*_SAME_PLACE, ScopeKind.NAMESPACE), _SAME_PLACE):
        near = tuple(
            callee
            for callee in callees
            if (other := table.identities.get(callee)) is not None
            and all(
                not place.place(kind) or not other.place(kind) or place.place(kind) == other.place(kind)
                for kind in kinds
            )
        )
        if near:
            return near
    return callees
