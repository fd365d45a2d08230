"""The rows of the catalog: the metrics that published exporters and libraries write.

Each file in `exporters/` lists exporters with their sources and their metrics, one in each line:

    name | type role unit | what it measures | notes

The unit is that of one sample, "-" for none. Notes are words:

- a resource, such as `cpu` or `connections`: what is used, limited or waited for
- `client`: measured at the caller; an exporter's `side` is that of its other metrics
- `callee`: if the series names the called service by one of the exporter's `owner_labels`, it is about that
  service, so that what is measured at the caller's end is the answer of that service
- `falling`: lower is worse; `good`: only successes are counted
- `mean`, `max`, `sum`, `count`: the statistic of a sample
- `share`: each series is at most 1 second per second; `reclaimable`: memory that programs can get back
- `prefix`: applications put their own name before it
- `amount`: the unit depends on the label `resource`; `outcome`: a label says how each event ended
- `state`: 1 if it is in the state that a label names; `condition`: 1 if the condition has the named status
- `info`: always 1, only its labels matter; `offset`: a position in a log; `load`: a load average
- `pause`: everything stops for this long, without a request: its count is no traffic

`*` in a name stands for any characters. An exporter with `dotted` is also known by its translation for
Prometheus, one with `aws` by CloudWatch's namespaces. Its `area` is the name of its file, unless it has one.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from missions.measurement import MeasuredRole
from semantics.meaning import CallSide, MetricType, Resource

_ANSWERS = {
    MeasuredRole.TRAFFIC,
    MeasuredRole.ERRORS,
    MeasuredRole.LATENCY,
    MeasuredRole.ERROR_RATIO,
    MeasuredRole.SUCCESS_RATIO,
}
_INSIDE = {Resource.CPU, Resource.MEMORY, Resource.DISK, Resource.NETWORK, Resource.LOCKS, Resource.LOGS}
"""Resources inside the owner: what is measured there is at no end of a call."""
_TYPES = {each.value: each for each in MetricType}
_ROLES = {each.value: each for each in MeasuredRole}
_RESOURCES = {each.value: each for each in Resource if each.value}


@dataclass(frozen=True, slots=True)
class CatalogMetric:
    """One metric, or one pattern of names, of one exporter. `owner_labels` name the thing it is about.

    `area` is the file that lists it, "databases" or "messaging" for what other services store or queue in;
    "workers" for what takes work from a queue.
    """

    name: str
    type: MetricType
    role: MeasuredRole
    unit: str
    measures: str
    exporter: str
    area: str
    owner_labels: tuple[str, ...]
    resource: Resource
    side: CallSide
    notes: frozenset[str]


@dataclass(frozen=True)
class Exporter:
    """An exporter or library with its metrics, and where the facts about them are published.

    `namespaces` are CloudWatch's, in lower case and without "AWS/"; `namespace_needed` says that the names
    are too general to be known without one.
    """

    name: str
    sources: tuple[str, ...]
    metrics: tuple[CatalogMetric, ...]
    dotted: bool
    namespaces: tuple[str, ...]
    namespace_needed: bool


@lru_cache(maxsize=1)
def exporters() -> tuple[Exporter, ...]:
    """Every exporter of the catalog."""
    folder = resources.files("semantics").joinpath("exporters")
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name
    )
    return tuple(
        _exporter(table, file.name.removesuffix(".toml"))
        for file in files
        for table in tomllib.loads(file.read_text(encoding="utf-8"))["exporter"]
    )


def _exporter(table: Mapping[str, Any], area: str) -> Exporter:
    return Exporter(
        name=table["name"],
        sources=tuple(table["sources"]),
        metrics=tuple(_rows(table, table.get("area", area))),
        dotted=table.get("dotted", False),
        namespaces=tuple(table.get("aws", ())),
        namespace_needed=table.get("aws_only", False),
    )


def _rows(table: Mapping[str, Any], area: str) -> Iterator[CatalogMetric]:
    exporter, owner_labels = table["name"], tuple(table.get("owner_labels", ()))
    side = CallSide(table.get("side", ""))
    for line in table["metrics"].strip().splitlines():
        name, kind, measures, *words = line.split(" | ")
        metric_type, role_name, unit = kind.split(" ")
        role = _ROLES[role_name]
        notes = words[0].split(" ") if words else []
        resource = next((_RESOURCES[note] for note in notes if note in _RESOURCES), Resource.NONE)
        yield CatalogMetric(
            name=name,
            type=_TYPES[metric_type],
            role=role,
            unit="" if unit == "-" else unit,
            measures=measures,
            exporter=exporter,
            area=area,
            owner_labels=owner_labels,
            resource=resource,
            side=_side(side, role, resource, notes),
            notes=frozenset(note for note in notes if note not in _RESOURCES and note != "client"),
        )


def _side(usual: CallSide, role: MeasuredRole, resource: Resource, notes: list[str]) -> CallSide:
    if "client" in notes:
        return CallSide.CLIENT
    if role not in _ANSWERS or resource in _INSIDE or "pause" in notes:
        return CallSide.UNKNOWN
    return usual
