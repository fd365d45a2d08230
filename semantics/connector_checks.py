"""Checks of a connector when it is registered: can a mission prove anything with it?"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from missions.connector import Connector
from missions.connector_warning import ConnectorWarning, WarningKind
from missions.health import PanelDefinition
from missions.measurement import MeasuredRole
from missions.panel_mapping import mapping_for
from missions.plan import queries_in
from missions.proof import LONGEST_PROOF_S, Proof
from semantics.engine import meaning_of
from semantics.expressions import queries_of, selected_metric, unreadable_reason
from semantics.meaning import SeriesDescription, SeriesMeaning
from semantics.plain_text import duration, listed

_USUAL_STEP = 15.0
"""Seconds between samples where nothing says it: the usual interval of scrapes."""
_POINTS = {"prometheus": 250, "opensearch": 60}
"""Samples in a window for products that choose the step by it."""

_HOUR = 3600.0
_ROUNDING = ((120.0, 10.0), (2 * _HOUR, 60.0))


@dataclass(frozen=True)
class _CheckedQuery:
    panel: PanelDefinition
    query: str
    meaning: SeriesMeaning


def connector_warnings(connector: Connector) -> tuple[ConnectorWarning, ...]:
    """What does not work about the connector's queries, windows and waits, most important first.

    Queries are known where they are registered, and where a test of the dashboard has read them.
    """
    panels = tuple(_definitions(connector))
    queries = [query for panel in panels for query in _checked(connector, panel)]
    warnings = (
        *_unreadable(panels),
        *_waits(connector, queries),
        *_windows(connector, queries),
        *_steps(connector, queries),
        *_unknown(query for query in queries if not unreadable_reason(query.query, query.panel.product)),
    )
    return tuple(warnings)


def _definitions(connector: Connector) -> Iterator[PanelDefinition]:
    for page in connector.config.pages:
        for query in page.queries or (queries_in(page.path) if connector.type == "prometheus" else ()):
            yield PanelDefinition(
                page=page.id, id=query.panel, title=query.panel, query=query.query, product=connector.type
            )
    yield from connector.health.panels


def _checked(connector: Connector, panel: PanelDefinition) -> Iterator[_CheckedQuery]:
    for query in queries_of(panel.query, panel.product):
        metric = selected_metric(query, panel.product)
        mappings = connector.config.mappings_of(panel.page)
        mapping = mapping_for(mappings, (panel.id, panel.title), (metric, query))
        description = SeriesDescription(
            expression=query,
            metric=metric,
            title=panel.title,
            legend=panel.legend,
            unit=panel.unit,
            product=panel.product,
        )
        yield _CheckedQuery(panel, query, meaning_of(description, mapping))


def _unreadable(panels: Iterable[PanelDefinition]) -> Iterator[ConnectorWarning]:
    for panel in panels:
        for query in queries_of(panel.query, panel.product):
            reason = unreadable_reason(query, panel.product)
            if reason:
                text = f"The query of panel {panel.title} cannot be read: {reason}."
                yield ConnectorWarning(
                    kind=WarningKind.QUERY, text=text, page=panel.page, panels=(panel.title,), reason=reason
                )


def _waits(connector: Connector, queries: Iterable[_CheckedQuery]) -> Iterator[ConnectorWarning]:
    looks = tuple(accumulate(wait.total_seconds() for wait in connector.config.settling))
    proofs = {query: proof for query in queries if (proof := _proof(connector, query)) is not None}
    late = {query: proof for query, proof in proofs.items() if _planned(proof) > looks[-1]}
    if not late:
        return
    seconds = rounded_up(max(_planned(proof) for proof in late.values()))
    back = max(proof.range_seconds for proof in late.values())
    times = listed(f"{look:g}" for look in looks)
    endless = any(proof.complete_after > LONGEST_PROOF_S for proof in late.values())
    limit = f" Missions wait {duration(LONGEST_PROOF_S)} at most: the recovery stays unknown."
    text = (
        f"Its queries look back {duration(back)}: looks after {times} seconds prove nothing; "
        f"proof takes about {duration(seconds)}.{limit if endless else ''}"
    )
    yield ConnectorWarning(
        kind=WarningKind.WAITS,
        text=text,
        panels=_titles(late),
        looks=looks,
        range_seconds=back,
        proof_seconds=seconds,
        longest_proof_seconds=LONGEST_PROOF_S if endless else None,
    )


def _proof(connector: Connector, query: _CheckedQuery) -> Proof | None:
    """The proof that the query's samples give; None where it looks back by no range that is known."""
    back = query.meaning.range_seconds
    step = query.meaning.step_seconds or _step(connector) or _USUAL_STEP
    return Proof(back, step) if back else None


def _planned(proof: Proof) -> float:
    """Seconds after an action until enough samples cover nothing before it; the newest may be a step old."""
    return proof.complete_after + proof.spacing


def _step(connector: Connector) -> float | None:
    """The seconds between the samples of an answer, where that is known."""
    try:
        step = float(connector.config.settings.get("stepSeconds", ""))
    except ValueError:
        points = _POINTS.get(connector.type)
        return max(1.0, connector.config.window.total_seconds() / points) if points else None
    return step if math.isfinite(step) and step > 0 else None


def rounded_up(seconds: float) -> float:
    """Seconds as people say them: full tens below two minutes, full minutes below two hours, full hours."""
    unit = next((unit for limit, unit in _ROUNDING if seconds < limit), _HOUR)
    return float(math.ceil(seconds / unit) * unit)


def _windows(connector: Connector, queries: Iterable[_CheckedQuery]) -> Iterator[ConnectorWarning]:
    window = connector.config.window.total_seconds()
    short = [query for query in queries if (query.meaning.range_seconds or 0.0) > window]
    if not short:
        return
    back = max(query.meaning.range_seconds or 0.0 for query in short)
    text = (
        f"The window is {duration(window)}, and its queries look back {duration(back)}: "
        "every value also covers the time before the window."
    )
    yield ConnectorWarning(
        kind=WarningKind.WINDOW,
        text=text,
        panels=_titles(short),
        range_seconds=back,
        window_seconds=window,
    )


def _steps(connector: Connector, queries: Iterable[_CheckedQuery]) -> Iterator[ConnectorWarning]:
    window = connector.config.window.total_seconds()
    own = _step(connector)
    coarse = {query: query.meaning.step_seconds or 0.0 for query in queries}
    late = [query for query, step in coarse.items() if max(step, own or 0.0) >= window]
    step = max([own or 0.0, *coarse.values()])
    if step < window:
        return
    text = f"The window is {duration(window)}, and samples are {duration(step)} apart: it holds at most one."
    yield ConnectorWarning(
        kind=WarningKind.STEP,
        text=text,
        panels=_titles(late),
        window_seconds=window,
        step_seconds=step,
    )


def _unknown(queries: Iterable[_CheckedQuery]) -> Iterator[ConnectorWarning]:
    unknown = [query for query in queries if query.meaning.role is MeasuredRole.UNKNOWN]
    if not unknown:
        return
    titles = _titles(unknown)
    text = (
        f"It is not known what {listed(titles)} measure{'s' if len(titles) == 1 else ''}: "
        "missions cannot judge them. State it in `mappings`."
    )
    yield ConnectorWarning(kind=WarningKind.MEANING, text=text, panels=titles)


def _titles(queries: Iterable[_CheckedQuery]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(query.panel.title for query in queries))
