"""The catalog of metrics that published exporters and libraries write.

Each file in `exporters/` lists exporters, each with its sources and its metrics in rows: type, role, unit
of one sample, what it measures, and notes:

- `falling`: lower is worse; `good`: only successes are counted
- `mean`, `max`, `sum`, `count`: the statistic of a sample
- `share`: each series is at most 1 second per second; `reclaimable`: memory that programs can get back
- `prefix`: applications put their own name before it
- `resource`: the unit depends on the label `resource`; `outcome`: a label says how each event ended
- `info`: always 1, only its labels matter; `offset`: a position in a log

`*` in a name stands for any characters. An exporter with `dotted` is also known by its translation for
Prometheus, one with `aws` by CloudWatch's namespaces.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from missions.measurement import MeasuredRole
from semantics.meaning import MetricType

_PARTS = re.compile(r"_(bucket|sum|count|total|created|max|min|avg|average|mean|p\d{2,3}|\d{2,3}percentile)$")
_AWS = re.compile(r"_(sum|average|maximum|minimum|sample_count|samplecount|p\d{2,3})$")
_CHANGING = {
    *(
        "error",
        "errors",
        "failed",
        "failure",
        "failures",
        "failing",
        "slow",
        "rejected",
        "dropped",
        "denied",
        "timeout",
    ),
    *(
        "retry",
        "retries",
        "retried",
        "success",
        "successful",
        "cached",
        "expected",
        "max",
        "limit",
        "invalid",
        "skipped",
    ),
    *(
        "blocked",
        "throttled",
        "cancelled",
        "canceled",
        "aborted",
        "bad",
        "unsuccessful",
        "queued",
        "pending",
        "waiting",
    ),
}
"""Words before a conventional name that make it mean something else."""
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
    """A metric of the catalog, and the part of it that a name means, such as "bucket", "sum" or "p99"."""

    metric: CatalogMetric
    part: str


@dataclass(frozen=True)
class ExporterSources:
    """Where the facts about an exporter's metrics are published."""

    exporter: str
    sources: tuple[str, ...]


def canonical(name: str) -> str:
    """The name in lower case with underscores; `ReadIOPS` is "read_iops" then."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[0-9])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9%:]+", "_", spaced.lower()).strip("_")


@lru_cache(maxsize=8192)
def lookup(name: str) -> CatalogMatch | None:
    """What the catalog knows about this name; None where it does not know it."""
    for spelling in dict.fromkeys((re.sub(r"[^a-z0-9:]+", "_", name.lower()).strip("_"), canonical(name))):
        if match := _of_spelling(spelling):
            return match
    return _of_aws(name)


def exporter_sources() -> tuple[ExporterSources, ...]:
    """Every exporter of the catalog with its sources."""
    return tuple(ExporterSources(exporter["name"], tuple(exporter["sources"])) for exporter in _documents())


def catalog_metrics() -> tuple[CatalogMetric, ...]:
    """Every row of the catalog."""
    return tuple(metric for exporter in _documents() for metric in _rows(exporter))


def _of_aws(name: str) -> CatalogMatch | None:
    """CloudWatch's names, alone or with the namespace before and the statistic after them.

    Exporters write their words apart in different ways ("5_xx"), so only the letters count.
    """
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not words.startswith("aws_") and name == name.lower():
        return None
    metrics = _index().aws
    if metric := metrics.get(words.replace("_", "")):
        return CatalogMatch(metric, "")
    if suffix := _AWS.search(words):
        part = suffix[1].replace("_", "")
        metric = metrics.get(words[: suffix.start()].replace("_", ""))
        return CatalogMatch(metric, _STATISTICS.get(part, part)) if metric else None
    return None


def _of_spelling(name: str) -> CatalogMatch | None:
    index = _index()
    if metric := index.exact.get(name) or ("_" in name and index.exact.get(f"{name}_total")):
        return CatalogMatch(metric, "")
    suffix = _PARTS.search(name)
    forms = [(name, "")] + ([(name[: suffix.start()], _part(suffix[1]))] if suffix else [])
    if suffix and (metric := index.exact.get(forms[1][0])):
        return CatalogMatch(metric, forms[1][1])
    for stem, part in forms:
        for pattern, metric in index.patterns:
            if pattern.fullmatch(stem):
                return CatalogMatch(metric, part)
        if metric := _prefixed(stem, index.prefixed):
            return CatalogMatch(metric, part)
    return None


def _prefixed(name: str, conventional: Mapping[str, CatalogMetric]) -> CatalogMetric | None:
    """A conventional name after an application's own words, if these do not change its meaning."""
    words = name.split("_")
    for start in range(1, len(words)):
        if metric := conventional.get("_".join(words[start:])):
            return None if _CHANGING & set(words[:start]) else metric
    return None


def _part(suffix: str) -> str:
    percentile = re.fullmatch(r"p?(\d{2,3})(?:percentile)?", suffix)
    return f"p{percentile[1]}" if percentile else _STATISTICS.get(suffix, suffix.replace("total", ""))


@dataclass(frozen=True)
class _Index:
    exact: Mapping[str, CatalogMetric]
    patterns: tuple[tuple[re.Pattern[str], CatalogMetric], ...]
    prefixed: Mapping[str, CatalogMetric]
    aws: Mapping[str, CatalogMetric]


@lru_cache(maxsize=1)
def _index() -> _Index:
    exact: dict[str, CatalogMetric] = {}
    patterns: list[tuple[re.Pattern[str], CatalogMetric]] = []
    prefixed: dict[str, CatalogMetric] = {}
    aws: dict[str, CatalogMetric] = {}
    for exporter in _documents():
        for metric in _rows(exporter):
            if namespaces := exporter.get("aws"):
                letters = re.sub(r"[^a-z0-9]", "", metric.name.lower())
                plain = [] if exporter.get("aws_only") else [letters]
                aws |= dict.fromkeys((*plain, *(f"aws{each}{letters}" for each in namespaces)), metric)
                continue
            for name in _spellings(metric, dotted=exporter.get("dotted", False)):
                if "*" in name:
                    patterns.append((re.compile(name.replace("*", ".*")), metric))
                    continue
                exact.setdefault(name, metric)
                if "prefix" in metric.notes:
                    prefixed[name] = metric
    return _Index(exact, tuple(patterns), prefixed, aws)


def _spellings(metric: CatalogMetric, *, dotted: bool) -> Iterator[str]:
    """The names under which a metric is found; of dotted names also their translation for Prometheus."""
    name = re.sub(r"[^a-z0-9*:]+", "_", metric.name.lower())
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
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return tuple(
        exporter for file in files for exporter in tomllib.loads(file.read_text(encoding="utf-8"))["exporter"]
    )
