"""Collects what the readers read of all files."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from adapters.incidents.changes import add_changes, change_of, histories, kubernetes_event
from adapters.incidents.cloud_json import cloudwatch_series, datadog_series
from adapters.incidents.csv_dialect import dialect_of
from adapters.incidents.file_report import FileTally
from adapters.incidents.grafana_json import grafana_series
from adapters.incidents.input_file import InputFile
from adapters.incidents.json_values import items, parsed_document, parsed_lines, path
from adapters.incidents.log_files import service_of_file
from adapters.incidents.logs import LogReader, wrapped_records
from adapters.incidents.metrics_table import read_table, title_of
from adapters.incidents.otlp import is_otlp
from adapters.incidents.otlp_metrics import otlp_metric_series
from adapters.incidents.prometheus_json import prometheus_series, victoria_series
from adapters.incidents.prometheus_text import prometheus_text_series
from adapters.incidents.recognition import FileForm, RecordKind, kind_of
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.sample_lines import sample_series
from adapters.incidents.traces import (
    add_spans,
    jaeger_line,
    jaeger_spans,
    jaeger_traces,
    otlp_spans,
    span_of,
    zipkin_span,
)
from missions.errors import InvalidError
from missions.evidence import Change
from rca.log_templates import LogTemplateMiner
from rca.spans import TraceSpan

_LOOKED_AT = 50
_Records = Iterable[tuple[int, dict[str, Any]]]


class IncidentContent:
    """Everything of a folder; every method raises InvalidError in one line for a file that it cannot read."""

    def __init__(self) -> None:
        self.series: list[tuple[FileTally, list[RecordedSeries]]] = []
        self.miner = LogTemplateMiner()
        self.spans: list[TraceSpan] = []
        self.changes: list[Change] = []

    def read(self, file: InputFile, form: FileForm, tally: FileTally, reference: float) -> None:
        """Reads a file; `reference` is a time (epoch seconds) that the recording contains."""
        match form:
            case FileForm.TABLE:
                dialect = dialect_of(file.head())
                if dialect is None:
                    raise InvalidError(f"{file.name}: expected a table, but it has only one column.")
                self._add(read_table(file, dialect, tally), tally)
            case FileForm.PROMETHEUS_TEXT:
                self._add(prometheus_text_series(file, tally), tally)
            case FileForm.DOCUMENT:
                self._document(file, tally, reference)
            case FileForm.LINES:
                records = parsed_lines(file, tally)
                first = list(islice(records, _LOOKED_AT))
                self._records(
                    file, _chained(first, records), [record for _, record in first], tally, reference
                )
            case FileForm.PLAIN_LOG:
                reader = LogReader(self.miner, tally, service_of_file(file), reference)
                reader.plain(file)
                reader.finish()
            case _:
                raise InvalidError(f"{file.name}: no reader knows this form.")
        if tally.is_empty and tally.skipped:
            raise InvalidError(tally.refusal("metrics, logs, traces or changes in a known form"))

    def _add(self, series: list[RecordedSeries], tally: FileTally) -> None:
        tally.series += len(series)
        for each in series:
            finite = np.isfinite(each.values) & np.isfinite(each.times)
            tally.samples += int(finite.sum())
            if finite.any():
                tally.cover(float(each.times[finite].min()))
                tally.cover(float(each.times[finite].max()))
        self.series.append((tally, series))

    def _document(self, file: InputFile, tally: FileTally, reference: float) -> None:
        document = parsed_document(file)
        if path(document, "data", "resultType") == "streams":
            reader = LogReader(self.miner, tally, service_of_file(file), reference)
            reader.loki(document)
            reader.finish()
            return
        for series in (
            prometheus_series(document, tally),
            grafana_series(document, tally, title_of(file)),
            datadog_series(document, tally),
            cloudwatch_series(document, tally),
        ):
            if series is not None:
                self._add(series, tally)
                return
        if (traces := jaeger_traces(document)) is not None:
            add_spans(self.spans, jaeger_spans(traces), tally, "Jaeger traces")
        elif (read := histories(document)) is not None:
            add_changes(self.changes, read, tally, "Kubernetes events or a deployment history")
        else:
            self._other_document(document, file, tally, reference)

    def _other_document(self, document: object, file: InputFile, tally: FileTally, reference: float) -> None:
        records = wrapped_records(document)
        if records is not None:
            reader = LogReader(self.miner, tally, service_of_file(file), reference)
            tally.form = "log records in an answer"
            reader.records((0, record) for record in records)
            reader.finish()
            return
        entries = items(document) if isinstance(document, list) else [document]
        entries = [inner for entry in entries for inner in (entry if isinstance(entry, list) else [entry])]
        objects = [entry for entry in entries if isinstance(entry, dict)]
        for entry in entries:
            if not isinstance(entry, dict):
                tally.skip(0, entry, "no JSON object")
        self._records(file, ((0, each) for each in objects), objects[:_LOOKED_AT], tally, reference)

    def _records(
        self,
        file: InputFile,
        records: _Records,
        first: list[dict[str, Any]],
        tally: FileTally,
        reference: float,
    ) -> None:
        """Objects of one kind: that of most of the first ones."""
        kinds = Counter(kind_of(record, file) for record in first)
        kind = kinds.most_common(1)[0][0] if kinds else RecordKind.LOG
        match kind:
            case RecordKind.VICTORIA:
                self._add(victoria_series(records, tally), tally)
            case RecordKind.SAMPLE:
                self._add(sample_series(records, tally), tally)
            case RecordKind.ANSWER:
                for line, record in records:
                    series = prometheus_series(record, tally)
                    if series is None:
                        tally.skip(line, record, "no answer of Prometheus")
                    else:
                        self._add(series, tally)
            case RecordKind.OTLP:
                self._otlp(file, records, tally, reference)
            case RecordKind.EVENT:
                events = ((line, record, kubernetes_event(record)) for line, record in records)
                add_changes(self.changes, events, tally, "Kubernetes events")
            case RecordKind.CHANGE:
                changes = ((line, record, change_of(record)) for line, record in records)
                add_changes(self.changes, changes, tally, "changes, one JSON object each")
            case RecordKind.LOG:
                reader = LogReader(self.miner, tally, service_of_file(file), reference)
                tally.form = "log records, one JSON object each"
                reader.records(records)
                reader.finish()
            case _:
                reads = {
                    RecordKind.SPAN: (span_of, "spans, one JSON object each"),
                    RecordKind.JAEGER: (jaeger_line, "Jaeger spans"),
                    RecordKind.ZIPKIN: (zipkin_span, "Zipkin spans"),
                }
                read, form = reads[kind]
                add_spans(self.spans, ((line, record, read(record)) for line, record in records), tally, form)

    def _otlp(self, file: InputFile, records: _Records, tally: FileTally, reference: float) -> None:
        """One file may hold metrics, logs and spans of the same collector."""
        documents = list(records)
        forms = []
        if metrics := [each for each in documents if is_otlp(each[1], "Metrics")]:
            self._add(otlp_metric_series(metrics, tally), tally)
            forms.append(tally.form)
        if logs := [each for each in documents if is_otlp(each[1], "Logs")]:
            reader = LogReader(self.miner, tally, service_of_file(file), reference)
            reader.otlp(logs)
            reader.finish()
            forms.append(tally.form)
        if spans := [each for each in documents if is_otlp(each[1], "Spans")]:
            add_spans(self.spans, otlp_spans(spans), tally, "OTLP spans")
            forms.append(tally.form)
        tally.form = ", ".join(forms)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read of any file."""
        return not (self.series or self.miner.templates or self.spans or self.changes)

    @property
    def until(self) -> float | None:
        """Epoch seconds of the end of the time that the metrics' files cover, with or without samples."""
        ends = (
            float(each.times[np.isfinite(each.times)].max())
            for _, series in self.series
            for each in series
            if np.isfinite(each.times).any()
        )
        return max(ends, default=None)

    @property
    def last_time(self) -> float:
        """Epoch seconds of the newest sample, span or line; NaN without any."""
        ends = [tally.end for tally, _ in self.series]
        ends += [max(template.times) for template in self.miner.templates.values() if template.times]
        ends += [span.start for span in self.spans[-1:]]
        return max((end for end in ends if math.isfinite(end)), default=math.nan)

    @property
    def services(self) -> dict[str, None]:
        """Names of services by logs, spans and labels."""
        names = dict.fromkeys(service for service, _ in self.miner.templates if service)
        names |= dict.fromkeys(span.service for span in self.spans)
        return names


def _chained(first: list[tuple[int, dict[str, Any]]], rest: _Records) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from first
    first.clear()
    yield from rest
