import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bench._synthetic import SyntheticCase, case
from cli.main import app


def written(incident: SyntheticCase, folder: Path) -> list[str]:
    """The case as files, and the arguments that name them."""
    lines = {"metrics.csv": (incident.times, incident.values)}
    arguments = [str(folder), "--symptom", ":".join(incident.symptom), "--json"]
    if incident.baseline_times is not None:
        lines["usual.csv"] = (incident.baseline_times, incident.baseline)
        arguments += ["--baseline", str(folder / "usual.csv")]
    else:
        arguments += ["--onset", str(incident.onset)]
    for name, (times, columns) in lines.items():
        rows = [["time", *("_".join(key) for key in columns)]]
        rows += [
            [repr(float(time)), *("" if np.isnan(value) else repr(float(value)) for value in values)]
            for time, *values in zip(times, *columns.values(), strict=True)
        ]
        (folder / name).write_text("\n".join(map(",".join, rows)))
    names = list(dict.fromkeys(name for call in incident.calls for name in call))
    matrix = [["", *names]] + [
        [a, *("1.0" if (a, b) in incident.calls else "0.0" for b in names)] for a in names
    ]
    (folder / "graph.csv").write_text("\n".join(map(",".join, matrix)))
    return arguments


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_a_folder_has_the_contracts_answer(tmp_path: Path, seed: int) -> None:
    """The JSON follows the contract in camelCase with the cause first, without a server."""
    incident = case(seed, "latency")
    done = CliRunner().invoke(app, ["rca", *written(incident, tmp_path)])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "found"
    assert answer["rootCauseCandidates"][0]["service"] == incident.cause
    assert {"summary", "primarySymptom", "serviceGraph", "timeline", "missingEvidence"} <= answer.keys()


def test_people_read_sentences(tmp_path: Path) -> None:
    """Without --json the output is text."""
    incident = case(8, "errors")
    arguments = [argument for argument in written(incident, tmp_path) if argument != "--json"]
    done = CliRunner().invoke(app, ["rca", *arguments])
    assert done.stdout.startswith("found: ")
    assert incident.cause in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["gone"], "not a folder"), ([".", "--onset", "yesterday"], "no metrics.csv")],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, arguments: list[str], expected: str) -> None:
    """An unreadable folder gives one line and no traceback."""
    (tmp_path / "empty").mkdir()
    arguments[0] = str(tmp_path / arguments[0]) if arguments[0] != "." else str(tmp_path / "empty")
    done = CliRunner().invoke(app, ["rca", *arguments])
    assert done.exit_code == 1
    assert expected in str(done.exception)


def test_e5_1_the_answer_says_what_was_read_and_what_was_not(tmp_path: Path) -> None:
    """Counts of each file are in the JSON, and in a line for people."""
    (tmp_path / "metrics.csv").write_text("time,pay_latency\n1780000000,12 ms\n1780000060,soon\n")
    (tmp_path / "notes.md").write_text("# Notes\n")
    done = CliRunner().invoke(app, ["rca", str(tmp_path), "--json"])
    metrics, notes = json.loads(done.stdout)["read"]
    assert (metrics["file"], metrics["series"], metrics["samples"], metrics["skipped"]) == (
        "metrics.csv",
        1,
        1,
        1,
    )
    assert metrics["firstSkipped"] == {"line": 3, "text": "soon", "reason": "no number"}
    assert notes["notes"]
    done = CliRunner().invoke(app, ["rca", str(tmp_path)])
    assert "read metrics.csv: 1 samples, 1 series" in done.stdout
    assert "'soon'" in done.stdout
    assert "read notes.md: nothing read" in done.stdout
