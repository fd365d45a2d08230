import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).parents[2]
POLICY = {
    "severities": {"restart": "low", "scale": "medium", "rollback": "high"},
    "rules": [{"id": "no-rollbacks", "match": {"action": "rollback"}, "effect": "deny", "reason": "never"}],
}
REQUEST = {"service": "payments", "environment": "demo", "at": "2026-07-01T12:00:00Z"}


def case(action: str, **expect: str) -> dict[str, Any]:
    return {"name": f"{action} [bold]", "request": REQUEST | {"action": action}, "expect": expect}


def run(tmp_path: Path, command: str, policy: object, cases: object | None = None) -> tuple[int, str]:
    files = []
    for name, content in (("policy", policy), ("cases", cases)):
        if content is not None:
            files.append(tmp_path / f"{name}.json")
            files[-1].write_text(content if isinstance(content, str) else json.dumps(content))
    result = CliRunner().invoke(app, ["policy", command, *map(str, files)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    output = result.output + (str(result.exception) if result.exception else "")
    return result.exit_code, output.replace("\n", " ")


def test_a_policy_that_answers_as_expected_passes(tmp_path: Path) -> None:
    """The exit code is 0, with one line for each case and its name unchanged."""
    cases = [case("rollback", effect="deny", rule="no-rollbacks"), case("restart", effect="review")]
    code, output = run(tmp_path, "test", POLICY, cases)
    assert code == 0
    assert "2 as expected, 0 not" in output
    assert "rollback [bold]" in output


@pytest.mark.parametrize(
    "expect",
    [{"effect": "allow"}, {"effect": "deny", "rule": "other"}, {"effect": "deny", "severity": "low"}],
)
def test_a_policy_that_answers_otherwise_fails(tmp_path: Path, expect: dict[str, str]) -> None:
    """The exit code is 1 if a given effect, rule or severity differs."""
    code, output = run(tmp_path, "test", POLICY, [case("rollback", **expect)])
    assert code == 1
    assert "0 as expected, 1 not" in output


def test_a_table_without_cases_proves_nothing(tmp_path: Path) -> None:
    """An empty table of cases fails."""
    assert run(tmp_path, "test", POLICY, [])[0] == 1


@pytest.mark.parametrize(
    ("policy", "cases", "expected"),
    [
        ("{", [], "policy.json: Invalid JSON"),
        ({"rules": [{"id": "a"}]}, [], "policy.json: rules.0.effect"),
        (POLICY, [{"name": "x"}], "cases.json: 0.request"),
        (POLICY, [case("rollback", effect="deny", because="x")], "cases.json: 0.expect.because"),
    ],
    ids=str,
)
def test_a_file_with_a_mistake_is_told_in_one_line(
    tmp_path: Path, policy: object, cases: object, expected: str
) -> None:
    """One line names the file, the place in it and the mistake."""
    code, line = run(tmp_path, "test", policy, cases)
    assert code == 1
    assert expected in line
    assert "Traceback" not in line


def test_complaints_are_told_and_fail(tmp_path: Path) -> None:
    """A complaint makes `lint` fail, so continuous integration can stop a policy that allows too much."""
    code, output = run(tmp_path, "lint", POLICY | {"defaultEffect": "allow"})
    assert code == 1
    assert "allows-too-much default" in output
    assert run(tmp_path, "lint", POLICY) == (0, "0 complaints ")


def test_what_is_shipped_passes_its_own_tests() -> None:
    """The demo's policy passes its table of cases."""
    files = [str(ROOT / "policy" / name) for name in ("demo.json", "demo.cases.json")]
    assert CliRunner().invoke(app, ["policy", "test", *files]).exit_code == 0
