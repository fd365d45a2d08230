from collections import Counter
from collections.abc import Iterable

from adapters.dashboards.prometheus_matrix import metric_of
from missions.evidence import Series


def distinct(series: Iterable[Series], asked: Iterable[tuple[str, str]]) -> tuple[Series, ...]:
    """Series with ids of their own; `asked` are the (panel, query) pairs of the page, answered or not.

    An id is `panel#service`, with `/metric` where the panel asks for several, and with the labels where
    these still do not tell two apart. What a panel asks does not change from look to look, so the same
    line has the same id before and after an action, even if a neighbour is missing once.
    """
    metrics: dict[str, set[str]] = {}
    for panel, query in asked:
        if query:
            metrics.setdefault(panel, set()).add(metric_of(query))
    named = [
        _renamed(line, f"/{line.metric}" if len(metrics.get(line.panel, ())) > 1 else "") for line in series
    ]
    seen = Counter(line.id for line in named)
    lines = (line if seen[line.id] == 1 else _renamed(line, _braces(line)) for line in named)
    return tuple(sorted(lines, key=lambda line: line.id))


def _renamed(line: Series, ending: str) -> Series:
    return line.model_copy(update={"id": line.id + ending}) if ending else line


def _braces(line: Series) -> str:
    labels = ",".join(f"{name}={value}" for name, value in sorted(line.labels.items()))
    return f"{{{labels}}}"
