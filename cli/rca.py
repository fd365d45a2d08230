"""`ops-agent rca`: the engine on a folder of recordings, without any server."""

import math
from pathlib import Path
from typing import Annotated

import typer

from adapters.incidents.folder import read_folder
from adapters.incidents.times import epoch_seconds
from cli.client import ApiError
from missions.diagnosis import Diagnosis
from missions.errors import InvalidError
from rca.engine import analyze
from rca.reported_symptom import ReportedSymptom

_SHOWN = 5


def rca(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Holds metrics.csv, and more where there is.")
    ],
    baseline: Annotated[Path | None, typer.Option(help="Normal operation, as metrics.csv.")] = None,
    graph: Annotated[Path | None, typer.Option(help="Adjacency matrix: row calls column.")] = None,
    symptom: Annotated[str, typer.Option(help="NODE or NODE:METRIC that was complained about.")] = "",
    onset: Annotated[str, typer.Option(help="When it began, epoch seconds or ISO: a hint.")] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the contract's JSON.")] = False,
) -> None:
    """Find where an incident began, from recordings in a folder."""
    try:
        telemetry = read_folder(folder, baseline, graph)
        diagnosis = analyze(telemetry, _reported(symptom, telemetry.services), _moment(onset))
    except InvalidError as error:
        raise ApiError(0, str(error)) from error
    if json:
        print(diagnosis.model_dump_json(by_alias=True))
    else:
        print(_text(diagnosis))


def _reported(symptom: str, services: tuple[str, ...]) -> ReportedSymptom | None:
    """NODE or NODE:METRIC; names may hold colons themselves, so the longest known service wins."""
    if not symptom.strip():
        return None
    if symptom in services:
        return ReportedSymptom(symptom)
    matches = [name for name in services if symptom.startswith(name + ":")]
    if matches:
        name = max(matches, key=len)
        return ReportedSymptom(name, symptom[len(name) + 1 :])
    name, _, metric = symptom.rpartition(":")
    return ReportedSymptom(name, metric) if name else ReportedSymptom(symptom)


def _moment(text: str) -> float | None:
    """Epoch seconds. Raises InvalidError where it is no time."""
    if not text.strip():
        return None
    at = epoch_seconds(text.strip())
    if not math.isfinite(at):
        raise InvalidError(f"{text!r} is no time: give epoch seconds or an ISO time.")
    return at


def _text(diagnosis: Diagnosis) -> str:
    lines = [f"{diagnosis.verdict}: {diagnosis.summary.splitlines()[0]}"]
    for place, candidate in enumerate(diagnosis.root_cause_candidates[:_SHOWN], 1):
        lines.append(f"{place}. {candidate.service}  {candidate.incident_type}  {candidate.confidence:.0%}")
        lines += [f"     {cited.description}" for cited in candidate.evidence[:3]]
    lines += [f"missing: {missing}" for missing in diagnosis.missing_evidence]
    return "\n".join(lines)
