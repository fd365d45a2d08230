from collections import Counter
from collections.abc import Iterable

from adapters.dashboards.answers.prometheus import metric_of
from missions.evidence import Series


def with_unique_ids(series: Iterable[Series], queries: Iterable[tuple[str, str]]) -> tuple[Series, ...]:
    """The series, each with a unique id; `queries` are the page's (panel, query) pairs, answered or not.

    An id is `panel#service`, then `/metric` (or the expression) where the panel queries several, then the
    labels, and last the legend where two series would still have the same id. A panel's queries do not change
    between visits, so a series has the same id before and after an action, even if another series of the
    panel is missing once.
    """
    metrics: dict[str, set[str]] = {}
    for panel, query in queries:
        if query:
            metrics.setdefault(panel, set()).add(metric_of(query))
    lines = [
        _renamed(line, f"/{_queried(line)}" if len(metrics.get(line.panel, ())) > 1 else "")
        for line in series
    ]
    for distinction in (_braces, lambda line: f"/{line.legend or line.metric}"):
        count = Counter(line.id for line in lines)
        lines = [line if count[line.id] == 1 else _renamed(line, distinction(line)) for line in lines]
    return tuple(sorted(lines, key=lambda line: line.id))


def _queried(line: Series) -> str:
    """A person's name for the series; else the metric of a plain selector, or the whole expression."""
    named = line.mapping.metric if line.mapping else None
    return named or (metric_of(line.query) if line.query else line.metric)


def _renamed(line: Series, ending: str) -> Series:
    return line.model_copy(update={"id": line.id + ending}) if ending else line


def _braces(line: Series) -> str:
    labels = ",".join(f"{name}={value}" for name, value in sorted(line.labels.items()))
    return f"{{{labels}}}"
