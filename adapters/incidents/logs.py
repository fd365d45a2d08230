"""Log lines of every form, grouped by template."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.json_values import items, labels, mapping, path, text
from adapters.incidents.limits import MAX_LINE
from adapters.incidents.log_fields import LogFields, in_object
from adapters.incidents.otlp import member, scoped, service_of
from adapters.incidents.plain_logs import level_in, logfmt_of, plain_line
from adapters.incidents.times import parsed_time
from rca.log_templates import LogTemplateMiner

_HOUR, _MARGIN = 3600.0, 600.0


class LogReader:
    """Adds log lines to the miner, and counts them in the tally.

    `service` is that of lines which name none, "" without one; `reference` a time (epoch seconds) that the
    recording contains.
    """

    def __init__(
        self, miner: LogTemplateMiner, tally: FileTally, service: str = "", reference: float = math.nan
    ) -> None:
        self._miner, self._tally = miner, tally
        self._service, self._reference = service, reference
        self._fields = LogFields()
        self._local_time = -math.inf
        self._without_service = 0
        self._without_level = 0

    def records(self, records: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """JSON records, one a line."""
        for line, record in records:
            if not self.record(record):
                self._tally.skip(line, text(record), "no time or no message")

    def record(self, record: Mapping[str, Any], outer: Mapping[str, str] | None = None) -> bool:
        """One record; False without a time or a message. A message that is JSON itself is read as well."""
        read = self._fields.read(record, outer)
        if read is None:
            return False
        level, service, message = read.level, read.service, read.message
        if message[:1] == "{" or not level:
            level, service, message = self._inner(level, service, message)
        self._add(read.at, service, level, message, has_zone=read.has_zone)
        return True

    def _inner(self, level: str, service: str, message: str) -> tuple[str, str, str]:
        """Level, service and message of a line that a container runtime or Loki wrapped."""
        if message[:1] == "{":
            try:
                value = orjson.loads(message)
            except orjson.JSONDecodeError:
                value = None
            inner = self._fields.read(value | {"timestamp": 1}) if isinstance(value, dict) else None
            if inner is not None:
                return inner.level or level, service or inner.service, inner.message
        if pairs := logfmt_of(message):
            inner = self._fields.read(pairs | {"timestamp": 1})
            if inner is not None:
                return inner.level or level, service or inner.service, inner.message
        return level or level_in(message), service, message

    def loki(self, document: object) -> None:
        """Streams of Loki's `query_range`."""
        self._tally.form = "Loki API, streams"
        for stream in items(path(document, "data", "result")):
            names = labels(path(stream, "stream"))
            for entry in items(path(stream, "values")):
                pair = items(entry)
                at = parsed_time(pair[0])[0] if pair else math.nan
                if len(pair) < 2 or not math.isfinite(at):  # noqa: PLR2004  time and line
                    self._tally.skip(0, text(entry), "no [time, line]")
                    continue
                self.record({"timestamp": at, "message": text(pair[1])}, names)

    def otlp(self, documents: Iterable[tuple[int, object]]) -> None:
        """Log records of OTLP's JSON."""
        self._tally.form = "OTLP logs"
        for line, document in documents:
            for resource, record in scoped(document, "Logs", "logRecords"):
                at = next(
                    (
                        each
                        for name in ("timeUnixNano", "observedTimeUnixNano")
                        if (each := parsed_time(member(record, name))[0]) > 0
                    ),
                    math.nan,
                )
                fields = {
                    "timestamp": at,
                    "SeverityText": member(record, "severityText"),
                    "SeverityNumber": member(record, "severityNumber"),
                    "Body": record.get("body"),
                }
                service = service_of(resource) or in_object(resource)
                if not self.record(fields, {"service": service}):
                    self._tally.skip(line, text(record), "no time or no body")

    def plain(self, file: InputFile) -> None:
        """Lines of text; what follows a line without a time of its own, as a stack trace, belongs to it."""
        self._tally.form = "plain log lines"
        continued = 0
        for number, line in file.lines(MAX_LINE):
            if not line.strip():
                continue
            pairs = logfmt_of(line) if "=" in line else None
            if pairs is not None and self.record(pairs):
                continue
            read = plain_line(line, self._reference)
            if read is not None:
                self._add(read.at, read.service, read.level, read.message, has_zone=read.has_zone)
            elif self._tally.lines:
                continued += 1
            else:
                self._tally.skip(number, line, "no leading time")
        if continued:
            self._tally.note(f"{continued} lines without a time continue the line before them.")

    def _add(self, at: float, service: str, level: str, message: str, *, has_zone: bool) -> None:
        service = service or self._service
        self._without_service += not service
        self._without_level += not level
        if not has_zone:
            if _HOUR - _MARGIN <= self._local_time - at <= _HOUR:
                self._tally.note(
                    "Times of log lines without a zone go back by an hour, as at the end of summer time."
                )
            if self._local_time == -math.inf:
                self._tally.note("Times of log lines have no zone: they are read as UTC.")
            self._local_time = at
        self._miner.add(at, service, level or "info", message)
        if at < self._tally.start or at > self._tally.end:
            self._tally.cover(at)
        self._tally.lines += 1

    def finish(self) -> None:
        """Notes what lines do not say."""
        if self._without_service:
            self._tally.note(f"{self._without_service} log lines name no service.")
        if self._without_level:
            self._tally.note(f"{self._without_level} log lines name no level: they are read as info.")


def looks_like_plain_log(head: str) -> bool:
    """Whether many of the first lines begin with a time, or are pairs; indented ones continue others."""
    lines = [line for line in head.splitlines()[:200] if line.strip() and not line[0].isspace()]
    read = sum(plain_line(line, 0.0) is not None or logfmt_of(line) is not None for line in lines)
    return bool(lines) and read >= max(1, len(lines) // 4)


def wrapped_records(document: object) -> Iterator[dict[str, Any]] | None:
    """Log records in the answers of Elasticsearch, Datadog and CloudWatch; None for another form."""
    hits = path(document, "hits", "hits")
    if isinstance(hits, list):
        return (dict(mapping(path(hit, "_source"))) for hit in hits)
    events = path(document, "events")
    if isinstance(events, list) and all("message" in mapping(event) for event in events):
        return (dict(mapping(event)) for event in events)
    data = path(document, "data")
    if (
        isinstance(data, list)
        and data
        and all(isinstance(path(entry, "attributes", "message"), str) for entry in data)
    ):
        return (dict(mapping(path(entry, "attributes"))) for entry in data)
    return None
