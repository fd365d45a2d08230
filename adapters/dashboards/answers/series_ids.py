from collections import Counter
from collections.abc import Iterable

from adapters.dashboards.answers.prometheus import metric_of
from missions.evidence import Series


def with_unique_ids(series: Iterable[Series], queries: Iterable[tuple[str, str]]) -> tuple[Series, ...]:
    """The series, each with a unique id; `queries` are the page's (panel, query) pairs, answered or not.

    An id is `panel#service`, then `/metric` where the panel queries several, then the labels where two
    series would still have the same id. A panel's queries do not change between visits, so a series has the
    same id before and after an action, even if another series of the panel is missing once.
    """
    metrics: dict[str, set[str]] = {}
    for panel, query in queries:
        if query:
            metrics.setdefault(panel, set()).add(metric_of(query))
    renamed = [
        _renamed(line, f"/{line.metric}" if len(metrics.get(line.panel, ())) > 1 else "") for line in series
    ]
    count = Counter(line.id for line in renamed)
    lines = (line if count[line.id] == 1 else _renamed(line, _braces(line)) for line in renamed)
    return tuple(sorted(lines, key=lambda line: line.id))


def _renamed(line: Series, ending: str) -> Series:
    return line.model_copy(update={"id": line.id + ending}) if ending else line


def _braces(line: Series) -> str:
    labels = ",".join(f"{name}={value}" for name, value in sorted(line.labels.items()))
    return f"{{{labels}}}"
