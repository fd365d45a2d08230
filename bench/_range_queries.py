"""Range queries over recorded raw samples, so that other windows and scrape intervals can be computed.

The part of PromQL that the lab's panels use: selectors, `rate` and `increase` as Prometheus extrapolates
them, `histogram_quantile`, aggregations by labels, arithmetic. UnsupportedQueryError for anything else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semantics.promql import parse_promql
from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    LabelMatcher,
    NumberConstant,
    SeriesSelector,
    UnreadableExpressionError,
)

Floats = NDArray[np.float64]
Labels = tuple[tuple[str, str], ...]
Vectors = dict[Labels, Floats]

_STALE_INTERVALS = 2.5  # scrape intervals after which a target that is gone has no value any more
_MOST_EXTRAPOLATED = 1.1  # of the mean distance of samples, as in Prometheus
_AGGREGATIONS: dict[str, Callable[[Floats], Floats]] = {
    "sum": lambda rows: np.where(np.isnan(rows).all(axis=0), np.nan, np.nansum(rows, axis=0)),
    "max": lambda rows: np.fmax.reduce(rows, axis=0),
    "min": lambda rows: np.fmin.reduce(rows, axis=0),
    "avg": lambda rows: (
        np.nansum(rows, axis=0) / np.maximum((~np.isnan(rows)).sum(axis=0), 1)
        + np.where(np.isnan(rows).all(axis=0), np.nan, 0.0)
    ),
}
_OPERATIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


class UnsupportedQueryError(Exception):
    """The query uses a part of the language that is not computed here."""


class SampleStore:
    """Raw samples: `rows` have the form of Prometheus' matrix; `interval_s` is the scrape interval."""

    def __init__(self, rows: list[dict[str, Any]], interval_s: float, recorded_s: float, phase: int) -> None:
        self._interval_s = interval_s
        self._by_name: dict[str, list[tuple[Mapping[str, str], Floats, Floats]]] = defaultdict(list)
        every = max(1, round(interval_s / recorded_s))
        for row in rows:
            times, values = np.array(row["values"], dtype=np.float64).reshape(-1, 2).T
            scrape = np.round(times / recorded_s).astype(np.int64)
            kept = scrape % every == phase % every
            labels = dict(row["metric"])
            self._by_name[labels.pop("__name__")].append((labels, times[kept], values[kept]))

    def evaluate(self, query: str, grid: Floats) -> Vectors:
        """The values at the times of the grid, shape (n,), NaN where there is none."""
        try:
            result = self._evaluate(parse_promql(query), grid)
        except UnreadableExpressionError as error:
            raise UnsupportedQueryError(str(error)) from error
        if not isinstance(result, dict):
            raise UnsupportedQueryError(query)
        return result

    def _evaluate(self, tree: Expression, grid: Floats) -> Vectors | float:
        match tree:
            case NumberConstant(value=value):
                return value
            case SeriesSelector(range_seconds=None):
                return self._select(tree, lambda times, values: self._newest(times, values, grid), named=True)
            case FunctionCall(function="rate" | "increase", arguments=(SeriesSelector() as selector,)):
                return self._growth(selector, grid, per_second=tree.function == "rate")
            case FunctionCall(function="histogram_quantile", arguments=(NumberConstant(value=q), inner)):
                buckets = self._evaluate(inner, grid)
                return _quantile(q, buckets) if isinstance(buckets, dict) else float("nan")
            case Aggregation(operator=operator, by=by) if by is not None and operator in _AGGREGATIONS:
                return self._aggregated(tree, by, grid)
            case BinaryOperation(operator=operator, left=left, right=right) if operator in _OPERATIONS:
                return _combined(operator, self._evaluate(left, grid), self._evaluate(right, grid))
        raise UnsupportedQueryError(str(tree))

    def _select(
        self, selector: SeriesSelector, read: Callable[[Floats, Floats], Floats], *, named: bool
    ) -> Vectors:
        del named
        return {
            tuple(sorted(labels.items())): read(times, values)
            for labels, times, values in self._by_name.get(selector.metric, ())
            if times.size and all(_matches(matcher, labels) for matcher in selector.matchers)
        }

    def _newest(self, times: Floats, values: Floats, grid: Floats) -> Floats:
        places = np.searchsorted(times, grid, side="right") - 1
        fresh = (places >= 0) & (grid - times[np.maximum(places, 0)] <= _STALE_INTERVALS * self._interval_s)
        return np.where(fresh, values[np.maximum(places, 0)], np.nan)

    def _growth(self, selector: SeriesSelector, grid: Floats, *, per_second: bool) -> Vectors:
        window = selector.range_seconds
        if not window:
            raise UnsupportedQueryError(str(selector))

        def read(times: Floats, values: Floats) -> Floats:
            increase = _increase(times, values, grid, window)
            return increase / window if per_second else increase

        return self._select(selector, read, named=False)

    def _aggregated(self, tree: Aggregation, by: tuple[str, ...], grid: Floats) -> Vectors:
        vectors = self._evaluate(tree.operand, grid)
        if not isinstance(vectors, dict):
            raise UnsupportedQueryError(str(tree))
        groups: dict[Labels, list[Floats]] = defaultdict(list)
        for labels, values in vectors.items():
            groups[tuple(pair for pair in labels if pair[0] in by)].append(values)
        return {labels: _AGGREGATIONS[tree.operator](np.array(rows)) for labels, rows in groups.items()}


def _matches(matcher: LabelMatcher, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.label, "")
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.fullmatch(matcher.value, value) is not None
        case _:
            return re.fullmatch(matcher.value, value) is None


def _increase(times: Floats, values: Floats, grid: Floats, window: float) -> Floats:
    """The growth of a counter in the window up to each time, extrapolated to the window's edges."""
    falls = np.concatenate([[0.0], np.where(np.diff(values) < 0, values[:-1], 0.0)])
    total = values + np.cumsum(falls)
    first = np.searchsorted(times, grid - window, side="right")
    last = np.searchsorted(times, grid, side="right") - 1
    enough = last > first
    first, last = np.where(enough, first, 0), np.where(enough, last, 0)
    covered = times[last] - times[first]
    mean = covered / np.maximum(last - first, 1)
    at_start, at_end = times[first] - (grid - window), grid - times[last]
    at_start = np.where(at_start < _MOST_EXTRAPOLATED * mean, at_start, mean / 2)
    at_end = np.where(at_end < _MOST_EXTRAPOLATED * mean, at_end, mean / 2)
    growth = total[last] - total[first]
    with np.errstate(divide="ignore", invalid="ignore"):
        to_zero = np.where(growth > 0, covered * values[first] / growth, np.inf)
        at_start = np.minimum(at_start, to_zero)
        extrapolated = growth * (covered + at_start + at_end) / covered
    return np.where(enough & (covered > 0), extrapolated, np.nan)


def _quantile(quantile: float, buckets: Vectors) -> Vectors:
    groups: dict[Labels, list[tuple[float, Floats]]] = defaultdict(list)
    for labels, values in buckets.items():
        bound = float(dict(labels).get("le", "nan").replace("+Inf", "inf"))
        groups[tuple(pair for pair in labels if pair[0] != "le")].append((bound, values))
    return {
        labels: _interpolated(quantile, sorted(rows, key=lambda row: row[0]))
        for labels, rows in groups.items()
    }


def _interpolated(quantile: float, rows: list[tuple[float, Floats]]) -> Floats:
    bounds = np.array([bound for bound, _ in rows])
    counts = np.maximum.accumulate(np.array([values for _, values in rows]), axis=0)
    result = np.full(counts.shape[1], np.nan)
    for place in range(counts.shape[1]):
        column = counts[:, place]
        if not np.isfinite(column[-1]) or column[-1] <= 0 or bounds.size < 2:
            continue
        rank = quantile * column[-1]
        bucket = int(np.searchsorted(column, rank))
        if bucket >= bounds.size - 1:
            result[place] = bounds[-2]
            continue
        low = bounds[bucket - 1] if bucket else 0.0
        below = column[bucket - 1] if bucket else 0.0
        result[place] = low + (bounds[bucket] - low) * (rank - below) / (column[bucket] - below)
    return result


def _combined(operator: str, left: Vectors | float, right: Vectors | float) -> Vectors | float:
    operation = _OPERATIONS[operator]
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(left, dict) and isinstance(right, dict):
            return {
                labels: operation(values, other)
                for labels, values in left.items()
                if (other := _partner(labels, right)) is not None
            }
        if isinstance(left, dict):
            return {labels: operation(values, np.float64(right)) for labels, values in left.items()}  # type: ignore[arg-type]  # a ufunc
        if isinstance(right, dict):
            return {labels: operation(np.float64(left), values) for labels, values in right.items()}  # type: ignore[arg-type]  # a ufunc
    return float(operation(np.float64(left), np.float64(right)))  # type: ignore[arg-type]  # a ufunc


def _partner(labels: Labels, others: Vectors) -> Floats | None:
    """The vector with the same labels, else the one that agrees in all labels that both have."""
    if labels in others:
        return others[labels]
    own = dict(labels)
    for candidate, values in others.items():
        if all(own.get(name, value) == value for name, value in candidate):
            return values
    return None
