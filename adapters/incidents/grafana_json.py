"""Grafana's data frames, as `/api/ds/query` answers and the panel inspector saves them."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.incidents.column_header import parse_header
from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, labels, mapping, numbers, path, text
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.recorded_times import parsed_times
from rca.series import Floats


def grafana_series(document: object, tally: FileTally, title: str) -> list[RecordedSeries] | None:
    """The series of all frames; None for another form."""
    frames = list(_frames(document))
    if not frames:
        return None
    tally.form = "Grafana data frames"
    result: list[RecordedSeries] = []
    for frame in frames:
        fields = [mapping(field) for field in items(path(frame, "schema", "fields") or frame.get("fields"))]
        columns = items(path(frame, "data", "values")) or [items(field.get("values")) for field in fields]
        time = next((at for at, field in enumerate(fields) if field.get("type") == "time"), None)
        if time is None or time >= len(columns):
            tally.skip(0, text(path(frame, "schema", "name")) or "frame", "a frame without a field of times")
            continue
        times = parsed_times(items(columns[time]), tally, "a frame's times")
        for at, field in enumerate(fields):
            if at == time or at >= len(columns):
                continue
            values = items(columns[at])
            if field.get("type") not in {"number", None} or len(values) != times.size:
                tally.skip(0, text(field.get("name")), f"a field of type {text(field.get('type'))}")
                continue
            result.append(_series(frame, field, times, numbers(values), title))
    return result


def _frames(document: object) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        candidates: list[Any] = document
    else:
        candidates = [
            frame
            for answer in mapping(path(document, "results")).values()
            for frame in items(path(answer, "frames"))
        ]
        candidates += items(path(document, "frames")) + items(path(document, "series"))
        candidates += [document]
    for frame in candidates:
        fields = path(frame, "schema", "fields") or path(frame, "fields")
        if (
            isinstance(fields, list)
            and fields
            and all(isinstance(field, dict) and "type" in field for field in fields)
        ):
            yield frame


def _series(
    frame: Mapping[str, Any],
    field: Mapping[str, Any],
    times: Floats,
    values: Floats,
    title: str,
) -> RecordedSeries:
    names = labels(field.get("labels"))
    metric = names.pop("__name__", "")
    legend = text(path(field, "config", "displayNameFromDS") or path(field, "config", "displayName"))
    query = (
        text(path(frame, "schema", "meta", "executedQueryString")).removeprefix("Expr: ").partition("\n")[0]
    )
    header = parse_header(legend or text(field.get("name")))
    return RecordedSeries(
        service="",
        metric=metric or header.metric or text(path(frame, "schema", "name")) or title,
        times=times,
        values=values,
        unit=text(path(field, "config", "unit")),
        labels=names or header.labels,
        expression=query,
        title=title,
    )
