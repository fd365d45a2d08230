"""Gives every series its service: by its labels, else by its name."""

from collections.abc import Iterable
from dataclasses import replace

from adapters.incidents.column_names import split_names
from adapters.incidents.file_report import FileTally
from adapters.incidents.recorded_series import UNNAMED, RecordedSeries, with_owner
from missions.measurement import MeasuredRole
from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription

_LISTED = 3


def named_series(
    files: Iterable[tuple[FileTally, list[RecordedSeries]]], services: Iterable[str]
) -> list[RecordedSeries]:
    """All series with their services; `services` are names that are known from elsewhere.

    Series that name none are left out and noted, unless no series of the folder names one: then the whole
    recording is about one thing without a name.
    """
    owned = [(tally, [with_owner(each) for each in series]) for tally, series in files]
    by_labels = dict.fromkeys(each.service for _, series in owned for each in series if each.service)
    known_names = [*dict.fromkeys((*services, *by_labels))]
    open_names = [each.metric for _, series in owned for each in series if not each.service]
    parts = dict(zip(open_names, split_names(open_names, known_names), strict=True))
    result: list[tuple[FileTally, list[RecordedSeries]]] = []
    for tally, series in owned:
        doubtful = []
        named = []
        for each in series:
            if each.service:
                named.append(each)
                continue
            name = parts[each.metric]
            if by_title := _by_title(each, known_names, is_certain=name.is_certain):
                named.append(by_title)
                continue
            if name.service and not name.is_certain:
                doubtful.append(each.metric)
            named.append(replace(each, service=name.service, metric=name.metric))
        if doubtful:
            tally.note(
                f"{len(doubtful)} names hold no word of a metric, as {_list(doubtful)}: their last word is"
                " taken as the metric."
            )
        result.append((tally, named))
    return _without_unnamed(result)


def _by_title(series: RecordedSeries, services: list[str], *, is_certain: bool) -> RecordedSeries | None:
    """A column that is a service's name only, in a file whose name is the metric's."""
    if not series.title or series.labels or series.metric == series.title:
        return None
    match = next((name for name in services if name.lower() == series.metric.lower()), "")
    if not match and (is_certain or _role(series.title) is MeasuredRole.UNKNOWN):
        return None
    return replace(series, service=match or series.metric, metric=series.title)


def _role(text: str) -> MeasuredRole:
    return meaning_of(SeriesDescription(metric=text, title=text)).role


def _without_unnamed(files: list[tuple[FileTally, list[RecordedSeries]]]) -> list[RecordedSeries]:
    every = [each for _, series in files for each in series]
    if not any(each.service for each in every):
        for tally, series in files:
            if series:
                tally.note(f"No series names a service: all belong to one that is called {UNNAMED!r} here.")
        return [replace(each, service=UNNAMED) for each in every]
    for tally, series in files:
        unnamed = [each.metric for each in series if not each.service]
        if unnamed:
            tally.note(f"{len(unnamed)} series name no service and are not compared: {_list(unnamed)}.")
    return [each for each in every if each.service]


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name[:80]) for name in names[:_LISTED])
    return shown + (" …" if len(names) > _LISTED else "")
