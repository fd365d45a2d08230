"""`ops-agent rca`: runs the root cause engine on a folder of recordings, without a server."""

import math
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from adapters.incidents.file_report import FileReport
from adapters.incidents.folder import read_recordings
from adapters.incidents.times import epoch_seconds
from cli.client import ApiError
from missions.diagnosis import Diagnosis
from missions.errors import InvalidError
from missions.identities.aliases import contradictions
from missions.plain import plain
from rca.engine import analyze
from rca.reported_symptom import ReportedSymptom
from rca.telemetry import Telemetry, resolved

_SHOWN = 5


def rca(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with recordings of the incident.")],
    baseline: Annotated[Path | None, typer.Option(help="Normal operation, in any form of metrics.")] = None,
    graph: Annotated[
        Path | None, typer.Option(help="Adjacency matrix (row calls column) or lines of caller,callee.")
    ] = None,
    symptom: Annotated[str, typer.Option(help="The reported symptom: NODE or NODE:METRIC.")] = "",
    onset: Annotated[str, typer.Option(help="The incident's start, a hint: epoch seconds or ISO.")] = "",
    alias: Annotated[list[str], typer.Option(help="Another name of a service: NAME=SERVICE.")] = [],  # noqa: B006  typer copies it
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the contract's JSON.")] = False,
) -> None:
    """Find where an incident began, from recordings in a folder."""
    try:
        recording = read_recordings(folder, baseline, graph)
        telemetry = resolved(recording.telemetry, _aliases(alias))
        diagnosis = analyze(telemetry, _reported(symptom, telemetry), _moment(onset))
    except InvalidError as error:
        raise ApiError(0, str(error)) from error
    if json:
        read = [report.model_dump(mode="json", by_alias=True) for report in recording.files]
        print(dumps(diagnosis.model_dump(mode="json", by_alias=True) | {"read": read}, ensure_ascii=False))
    else:
        print("\n".join([_summary(diagnosis), *map(_read, recording.files)]))


def _reported(symptom: str, telemetry: Telemetry) -> ReportedSymptom | None:
    """NODE or NODE:METRIC; names may hold colons themselves, so the longest known service wins."""
    if not symptom.strip():
        return None
    parts = symptom.split(":")
    for length in range(len(parts), 0, -1):
        name, metric = ":".join(parts[:length]), ":".join(parts[length:])
        services = _services_named(name, telemetry)
        if services:
            return ReportedSymptom(services[0], metric)
    name, _, metric = symptom.rpartition(":")
    return ReportedSymptom(name, metric) if name else ReportedSymptom(symptom)


def _services_named(name: str, telemetry: Telemetry) -> tuple[str, ...]:
    """The service of this name, also by a pod's name or another spelling. Raises InvalidError for several."""
    if name in telemetry.services:
        return (name,)
    services = telemetry.identities.services_named(name) if telemetry.identities is not None else ()
    if len(services) > 1:
        raise InvalidError(f"{name} may be {' or '.join(services)}: name one of them.")
    return services


def _aliases(texts: list[str]) -> dict[str, tuple[str, ...]]:
    """The other names by service. Raises InvalidError for another form, and for contradictions."""
    aliases: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, service = (part.strip() for part in text.partition("="))
        if not name or not service:
            raise InvalidError(f"{text!r} is no alias: give NAME=SERVICE.")
        aliases[service] = (*aliases.get(service, ()), name)
    if faults := contradictions(aliases):
        raise InvalidError(" ".join(faults))
    return aliases


def _moment(text: str) -> float | None:
    """Epoch seconds. Raises InvalidError if the text is no time."""
    if not text.strip():
        return None
    at = epoch_seconds(text.strip())
    if not math.isfinite(at):
        raise InvalidError(f"{text!r} is no time: give epoch seconds or an ISO time.")
    return at


def _summary(diagnosis: Diagnosis) -> str:
    lines = [f"{diagnosis.verdict}: {diagnosis.summary.splitlines()[0]}"]
    for rank, candidate in enumerate(diagnosis.root_cause_candidates[:_SHOWN], 1):
        lines.append(f"{rank}. {candidate.service}  {candidate.incident_type}  {candidate.confidence:.0%}")
        lines += [f"     {citation.description}" for citation in candidate.evidence[:3]]
    lines += [f"missing: {missing}" for missing in diagnosis.missing_evidence]
    return "\n".join(lines)


def _read(report: FileReport) -> str:
    """What was read of a file, and what was not, in one line."""
    counts = (
        (report.samples, "samples"),
        (report.series, "series"),
        (report.lines, "log lines"),
        (report.spans, "spans"),
        (report.changes, "changes"),
        (report.calls, "calls"),
    )
    parts = [", ".join(f"{count} {word}" for count, word in counts if count) or "nothing read"]
    parts += [report.form] if report.form else []
    if report.skipped:
        first = report.first_skipped
        text = f", first: line {first.line}: {first.text!r} ({first.reason})" if first else ""
        parts.append(f"{report.skipped} not understood{text}")
    return f"read {plain(report.file)}: " + "; ".join([*parts, *report.notes])
