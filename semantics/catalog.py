"""Finds the catalog's metric for a name, in the spelling of whatever product wrote it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from semantics.catalog_rows import CatalogMetric, exporters
from semantics.vocabulary import CHANGING

_PARTS = re.compile(r"_(bucket|sum|count|total|created|max|min|avg|average|mean|p\d{2,3}|\d{2,3}percentile)$")
_AWS = re.compile(r"_(sum|average|maximum|minimum|sample_count|samplecount|p\d{2,3})$")
_LONGEST_NAME = 250
"""Characters of the longest name that is looked up."""
_PLAIN = re.compile(r"[a-z0-9_:]+")
_STATISTICS = {"average": "mean", "avg": "mean", "maximum": "max", "minimum": "min", "samplecount": "count"}
_SUFFIXED = {"seconds", "milliseconds", "bytes", "ratio", "percent"}
"""Units that the translation for Prometheus puts after a name."""


@dataclass(frozen=True)
class CatalogMatch:
    """A metric of the catalog, and the part of it that a name means, such as "bucket", "sum" or "p99"."""

    metric: CatalogMetric
    part: str


def canonical(name: str) -> str:
    """The name in lower case with underscores; `ReadIOPS` is "read_iops" then."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[0-9])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9%:]+", "_", spaced.lower()).strip("_")


@lru_cache(maxsize=8192)
def lookup(name: str, namespace: str = "") -> CatalogMatch | None:
    """What the catalog knows about this name, or None. `namespace` is that of CloudWatch."""
    if len(name) > _LONGEST_NAME:
        return None
    if namespace and (match := _of_aws(f"{namespace} {name}", name)):
        return match
    plain = name if _PLAIN.fullmatch(name) else re.sub(r"[^a-z0-9:]+", "_", name.lower()).strip("_")
    if match := _of_spelling(plain):
        return match
    return _of_aws(name, name)


def _of_aws(text: str, name: str) -> CatalogMatch | None:
    """CloudWatch's names, alone or with the namespace before and the statistic after them.

    Exporters write their words apart in different ways ("5_xx"), so only the letters count.
    """
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if text == name and not words.startswith("aws_") and name == name.lower():
        return None
    metrics = _index().aws
    if metric := metrics.get(_letters(words)):
        return CatalogMatch(metric, "")
    if suffix := _AWS.search(words):
        metric = metrics.get(_letters(words[: suffix.start()]))
        return CatalogMatch(metric, _part(suffix[1].replace("_", ""))) if metric else None
    return None


def _letters(words: str) -> str:
    return words.removeprefix("aws_").replace("_", "")


def _of_spelling(name: str) -> CatalogMatch | None:
    index = _index()
    if metric := index.exact.get(name) or ("_" in name and index.exact.get(f"{name}_total")):
        return CatalogMatch(metric, "")
    suffix = _PARTS.search(name)
    stems = [(name, ""), *([(name[: suffix.start()], _part(suffix[1]))] if suffix else [])]
    if suffix and (metric := index.exact.get(stems[1][0])):
        return CatalogMatch(metric, stems[1][1])
    for stem, part in stems:
        if metric := index.by_pattern(stem) or _prefixed(stem, index.prefixed):
            return CatalogMatch(metric, part)
    return None


def _prefixed(name: str, conventional: Mapping[str, CatalogMetric]) -> CatalogMetric | None:
    """A conventional name after an application's own words, if these do not change its meaning."""
    words = name.split("_")
    for start in range(1, len(words)):
        if metric := conventional.get("_".join(words[start:])):
            return None if not CHANGING.isdisjoint(words[:start]) else metric
    return None


def _part(suffix: str) -> str:
    percentile = re.fullmatch(r"p?(\d{2,3})(?:percentile)?", suffix)
    return f"p{percentile[1]}" if percentile else _STATISTICS.get(suffix, suffix.replace("total", ""))


@dataclass(frozen=True)
class _Index:
    """`patterns` are listed by their first word; the keys of `aws` have letters and digits only."""

    exact: Mapping[str, CatalogMetric]
    patterns: Mapping[str, list[tuple[str, CatalogMetric]]]
    prefixed: Mapping[str, CatalogMetric]
    aws: Mapping[str, CatalogMetric]

    def by_pattern(self, name: str) -> CatalogMetric | None:
        candidates = self.patterns.get(name.partition("_")[0], ())
        return next((metric for pattern, metric in candidates if _fits(pattern, name)), None)


def _fits(pattern: str, name: str) -> bool:
    """Whether the parts between the stars are in the name, in this order."""
    first, *middle, last = pattern.split("*")
    if not name.startswith(first) or not name.endswith(last):
        return False
    start, end = len(first), len(name) - len(last)
    for part in middle:
        place = name.find(part, start, end)
        if place < 0:
            return False
        start = place + len(part)
    return start <= end


@lru_cache(maxsize=1)
def _index() -> _Index:
    exact: dict[str, CatalogMetric] = {}
    patterns: dict[str, list[tuple[str, CatalogMetric]]] = {}
    prefixed: dict[str, CatalogMetric] = {}
    aws: dict[str, CatalogMetric] = {}
    for exporter in exporters():
        for metric in exporter.metrics:
            if exporter.namespaces:
                letters = re.sub(r"[^a-z0-9]", "", metric.name.lower())
                names = [f"{namespace}{letters}" for namespace in exporter.namespaces]
                aws |= dict.fromkeys(names if exporter.namespace_needed else [letters, *names], metric)
                continue
            for name in _spellings(metric, dotted=exporter.dotted):
                if "*" in name:
                    patterns.setdefault(name.partition("_")[0], []).append((name, metric))
                    continue
                exact.setdefault(name, metric)
                if "prefix" in metric.notes:
                    prefixed[name] = metric
    return _Index(exact, patterns, prefixed, aws)


def _spellings(metric: CatalogMetric, *, dotted: bool) -> Iterator[str]:
    """The names under which a metric is found; of dotted names also their translation for Prometheus."""
    name = metric.name if _PLAIN.fullmatch(metric.name) else re.sub(r"[^a-z0-9*:]+", "_", metric.name.lower())
    yield name
    if not dotted:
        return
    suffixed = f"{name}_{metric.unit}"
    if metric.unit in _SUFFIXED and not name.endswith(f"_{metric.unit}"):
        yield suffixed
        yield f"{suffixed}_total"
    yield f"{name}_total"
