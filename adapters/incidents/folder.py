"""Reads a folder with the recordings of one incident, in whatever forms they are."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.incidents.file_report import FileReport, FileTally
from adapters.incidents.graphs import read_graph
from adapters.incidents.incident_content import IncidentContent
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_FILES
from adapters.incidents.naming import named_series
from adapters.incidents.recognition import FileForm, form_of, named
from adapters.incidents.recorded_series import RecordedSeries, engine_series, joined
from missions.errors import InvalidError
from missions.evidence import Dependency
from rca.spans import series_from_spans
from rca.telemetry import Telemetry

_OURS = ("metrics", "logs", "traces", "configs", "graph")
_BASELINES = ("baseline", "usual", "normal", "noissue")
_ORDER = (
    FileForm.GRAPH,
    FileForm.DOCUMENT,
    FileForm.LINES,
    FileForm.PROMETHEUS_TEXT,
    FileForm.TABLE,
    FileForm.PLAIN_LOG,
    FileForm.EMPTY,
    FileForm.UNKNOWN,
)


@dataclass(frozen=True)
class FolderRecording:
    """The telemetry of a folder, and for each of its files what was read of it."""

    telemetry: Telemetry
    files: tuple[FileReport, ...]


def read_folder(folder: Path, baseline: Path | None = None, graph: Path | None = None) -> Telemetry:
    """The telemetry of a folder, as `read_recordings`."""
    return read_recordings(folder, baseline, graph).telemetry


def read_recordings(folder: Path, baseline: Path | None = None, graph: Path | None = None) -> FolderRecording:
    """Everything in a folder and its direct subfolders; `baseline` and `graph` are files.

    Raises InvalidError in one line for a file that is named as one of ours and cannot be understood, and for
    a folder in which nothing can be. Other files that cannot be understood are listed with the reason.
    """
    if not folder.is_dir():
        raise InvalidError(f"{folder} is not a folder.")
    reader = _FolderReader()
    if graph is not None:
        reader.read_graph(InputFile(graph), FileTally(graph.name))
    given = {path.resolve() for path in (baseline, graph) if path is not None}
    for path, name in _files(folder):
        if path.resolve() not in given:
            reader.add(InputFile(path, name))
    reader.read()
    if reader.content.is_empty:
        empty = f"{folder} has no metrics.csv and nothing else that can be read."
        raise InvalidError(reader.refusals[0] if reader.refusals else empty)
    telemetry = _telemetry(reader.content, reader.names, reader.calls, baseline)
    _note_windows(reader.tallies)
    return FolderRecording(telemetry, tuple(tally.report() for tally in reader.tallies))


class _FolderReader:
    """Reads files, plain log lines last: their year is that of the other times."""

    def __init__(self) -> None:
        self.content = IncidentContent()
        self.names: tuple[str, ...] = ()
        self.calls: tuple[Dependency, ...] = ()
        self.tallies: list[FileTally] = []
        self.refusals: list[str] = []
        self._recognised: list[tuple[InputFile, FileForm, FileTally]] = []

    def add(self, file: InputFile) -> None:
        """Recognises a file's form."""
        tally = FileTally(file.name)
        self.tallies.append(tally)
        try:
            self._recognised.append((file, _form(file, tally), tally))
        except InvalidError as error:
            self._refuse(file, tally, error)

    def read(self) -> None:
        """Reads all files that were added."""
        for file, form, tally in sorted(self._recognised, key=lambda each: _ORDER.index(each[1])):
            try:
                if form is FileForm.GRAPH:
                    self._graph(file, tally)
                elif form not in {FileForm.EMPTY, FileForm.UNKNOWN}:
                    self.content.read(file, form, tally, _reference(self.content, file))
            except InvalidError as error:
                self._refuse(file, tally, error)

    def read_graph(self, file: InputFile, tally: FileTally) -> None:
        """Reads a call graph that was given. Raises InvalidError."""
        self.tallies.append(tally)
        self.names, self.calls = read_graph(file.path, tally)

    def _graph(self, file: InputFile, tally: FileTally) -> None:
        if self.names:
            tally.note("Not read: there is another call graph.")
        else:
            self.names, self.calls = read_graph(file.path, tally)

    def _refuse(self, file: InputFile, tally: FileTally, error: InvalidError) -> None:
        if named(file, *_OURS) and "/" not in file.name:
            raise error
        tally.form = ""
        tally.note(f"Not read: {error}")
        self.refusals.append(str(error))


def read_metrics(path: Path, services: tuple[str, ...] = ()) -> list[RecordedSeries]:
    """The series of one file; `services` are already known names. Raises InvalidError for any other file."""
    file, tally, content = InputFile(path), FileTally(path.name), IncidentContent()
    form = form_of(file, file.head())
    if form is FileForm.EMPTY:
        raise InvalidError(f"{path.name} is empty.")
    content.read(
        file, FileForm.TABLE if form in {FileForm.GRAPH, FileForm.UNKNOWN} else form, tally, math.nan
    )
    return named_series(content.series, services)


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files of the folder and of its folders, in order of their names; links out of it are not followed."""
    root = folder.resolve()
    count = 0
    for path in sorted(folder.iterdir()):
        for file in sorted(path.iterdir()) if path.is_dir() and not path.is_symlink() else [path]:
            if file.name.startswith(".") or not file.is_file() or root not in file.resolve().parents:
                continue
            count += 1
            if count > MAX_FILES:
                raise InvalidError(f"{folder} has more than {MAX_FILES} files.")
            yield file, str(file.relative_to(folder))


def _form(file: InputFile, tally: FileTally) -> FileForm:
    head = file.head()
    form = form_of(file, head)
    if form is FileForm.EMPTY:
        if named(file, "metrics"):
            raise InvalidError(f"{file.name} is empty.")
        tally.note("The file is empty.")
    elif form is FileForm.UNKNOWN:
        if named(file, *_OURS):
            tally.skip(1, head.splitlines()[0], "no reader knows this form")
            raise InvalidError(tally.refusal("a table, JSON or log lines"))
        tally.note("No reader knows this form.")
    elif form is FileForm.TABLE and named(file, *_BASELINES):
        tally.note("Not read: give a recording of normal operation with --baseline.")
        return FileForm.EMPTY
    return form


def _reference(content: IncidentContent, file: InputFile) -> float:
    last = content.last_time
    return last if math.isfinite(last) else file.path.stat().st_mtime


def _telemetry(
    content: IncidentContent, names: tuple[str, ...], calls: tuple[Dependency, ...], baseline: Path | None
) -> Telemetry:
    span_series, traced_calls = series_from_spans(content.spans)
    known_names = tuple(dict.fromkeys((*names, *content.services)))
    recorded = joined(named_series(content.series, known_names))
    services = tuple(dict.fromkeys((*known_names, *(each.service for each in recorded))))
    usual = read_metrics(baseline, services) if baseline else []
    return Telemetry(
        series=span_series + engine_series(recorded, usual),
        logs=(),
        changes=tuple(sorted(content.changes, key=lambda change: change.at)),
        dependencies=calls or traced_calls,
        named_services=names,
        log_templates=tuple(content.miner.templates.values()),
        until=content.until,
    )


def _note_windows(tallies: list[FileTally]) -> None:
    """Notes files whose times do not overlap with those of the metrics."""
    start = min((tally.start for tally in tallies if tally.series), default=-math.inf)
    end = max((tally.end for tally in tallies if tally.series), default=math.inf)
    for tally in tallies:
        timed = tally.lines or tally.spans or tally.changes
        if timed and not tally.series and (tally.end < start or tally.start > end):
            tally.note("Its times do not overlap with those of the metrics.")
