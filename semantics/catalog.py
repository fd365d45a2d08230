"""The catalog of metrics that published exporters and libraries write.

Each file in `exporters/` has exporters, each with its sources and its metrics in rows: type, role, unit of one
sample, what it measures, and optional notes (`falling`: lower is worse; `share`: every series is at most 1;
`prefix`: applications put their own name before it). `*` in a name stands for any characters.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from semantics.meaning import MeasuredRole, MetricType

_PARTS = re.compile(r"_(bucket|sum|count|total|created|max|min|avg|average|mean|p\d{2,3}|\d{2,3}percentile)$")
_AWS = re.compile(r"_(sum|average|maximum|minimum|sample_count|samplecount|p\d{2,3})$")
_STATISTICS = {"average": "mean", "avg": "mean", "maximum": "max", "minimum": "min", "samplecount": "count"}


@dataclass(frozen=True)
class CatalogMetric:
    """One metric, or one pattern of names, of one exporter. `owner_labels` name the thing it is about."""

    name: str
    type: MetricType
    role: MeasuredRole
    unit: str
    measures: str
    exporter: str
    owner_labels: tuple[str, ...]
    notes: frozenset[str]


@dataclass(frozen=True)
class CatalogMatch:
    """A metric of the catalog, and which part of it a name means: "bucket", "sum", "count", "max", "p99" …"""

    metric: CatalogMetric
    part: str


@dataclass(frozen=True)
class ExporterSources:
    """Where the facts about an exporter's metrics are published."""

    exporter: str
    sources: tuple[str, ...]


def canonical(name: str) -> str:
    """The name in lower case with underscores: `HTTPCode_Target_5XX` is "http_code_target_5xx"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", "_", name)
    return re.sub(r"[^a-z0-9%:]+", "_", spaced.lower()).strip("_")


def lookup(name: str) -> CatalogMatch | None:
    """What the catalog knows about this name; None where it does not know it."""
    for spelling in dict.fromkeys((re.sub(r"[^a-z0-9:]+", "_", name.lower()).strip("_"), canonical(name))):
        if match := _of_aws(spelling) if spelling.startswith("aws_") else _of_spelling(spelling):
            return match
    return None


def exporter_sources() -> tuple[ExporterSources, ...]:
    """Every exporter of the catalog with its sources."""
    return tuple(
        ExporterSources(exporter["name"], tuple(exporter["sources"])) for exporter in _documents()
    )


def catalog_metrics() -> tuple[CatalogMetric, ...]:
    """Every row of the catalog."""
    return tuple(metric for exporter in _documents() for metric in _rows(exporter))


def _of_aws(name: str) -> CatalogMatch | None:
    """Exporters of CloudWatch append the statistic and write numbers apart ("5_xx")."""
    joined = re.sub(r"_(\d)_xx", r"_\1xx", name)
    if match := _of_spelling(joined):
        return match
    if suffix := _AWS.search(joined):
        match = _of_spelling(joined[: suffix.start()])
        part = suffix[1].replace("_", "")
        return match and CatalogMatch(match.metric, _STATISTICS.get(part, part))
    return None


def _of_spelling(name: str) -> CatalogMatch | None:
    exact, patterns, prefixed = _index()
    if metric := exact.get(name) or exact.get(f"{name}_total"):
        return CatalogMatch(metric, "")
    suffix = _PARTS.search(name)
    if suffix and (metric := exact.get(name[: suffix.start()])):
        return CatalogMatch(metric, _part(suffix[1]))
    for pattern, metric in patterns:
        if pattern.fullmatch(name):
            return CatalogMatch(metric, "")
        if suffix and pattern.fullmatch(name[: suffix.start()]):
            return CatalogMatch(metric, _part(suffix[1]))
    for known, metric in prefixed.items():
        if name.endswith(f"_{known}"):
            return CatalogMatch(metric, "")
        if suffix and name[: suffix.start()].endswith(f"_{known}"):
            return CatalogMatch(metric, _part(suffix[1]))
    return None


def _part(suffix: str) -> str:
    percentile = re.fullmatch(r"p?(\d{2,3})(?:percentile)?", suffix)
    return f"p{percentile[1]}" if percentile else _STATISTICS.get(suffix, suffix.replace("total", ""))


_Index = tuple[
    Mapping[str, CatalogMetric], tuple[tuple[re.Pattern[str], CatalogMetric], ...], Mapping[str, CatalogMetric]
]


@lru_cache(maxsize=1)
def _index() -> _Index:
    exact: dict[str, CatalogMetric] = {}
    patterns: list[tuple[re.Pattern[str], CatalogMetric]] = []
    prefixed: dict[str, CatalogMetric] = {}
    for exporter in _documents():
        for metric in _rows(exporter):
            for name in _spellings(metric, dotted=exporter.get("dotted", False)):
                if "*" in name:
                    patterns.append((re.compile(name.replace("*", ".*")), metric))
                else:
                    exact.setdefault(name, metric)
                    if "prefix" in metric.notes:
                        prefixed[name] = metric
    return exact, tuple(patterns), prefixed


def _spellings(metric: CatalogMetric, *, dotted: bool) -> Iterator[str]:
    """The names under which a metric is found; of dotted names also their translation for Prometheus."""
    name = re.sub(r"[^a-z0-9*]+", "_", metric.name.lower())
    yield name
    if (snake := canonical(metric.name.replace("*", "9star9")).replace("9star9", "*")) != name:
        yield snake
    if not dotted:
        return
    suffixed = f"{name}_{metric.unit}"
    if metric.unit in {"seconds", "milliseconds", "bytes", "ratio"} and not name.endswith(f"_{metric.unit}"):
        yield suffixed
        yield f"{suffixed}_total"
    yield f"{name}_total"


def _rows(exporter: Mapping[str, Any]) -> Iterator[CatalogMetric]:
    for name, (kind, role, unit, measures, *notes) in exporter["metrics"].items():
        yield CatalogMetric(
            name=name,
            type=MetricType(kind),
            role=MeasuredRole(role),
            unit=unit,
            measures=measures,
            exporter=exporter["name"],
            owner_labels=tuple(exporter.get("owner_labels", ())),
            notes=frozenset(notes),
        )


@lru_cache(maxsize=1)
def _documents() -> tuple[Mapping[str, Any], ...]:
    folder = resources.files("semantics").joinpath("exporters")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(
        exporter for file in files for exporter in tomllib.loads(file.read_text(encoding="utf-8"))["exporter"]
    )
