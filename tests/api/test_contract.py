"""schemathesis against the running API: no input causes a 5xx or a response outside its schema."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from served_api import World, world

from missions.permissions import Role
from runtime.local_settings import FuzzSettings
from runtime.settings import load

CHECKS = ("not_a_server_error", "content_type_conformance", "response_schema_conformance")
SERVER_ERRORS = ("ST101", "ST102")
"""schemathesis' codes of an answer with a 5xx; every other failure is an answer beyond the schema."""

LEFT_OUT = (
    "/api/auth/logout/everywhere",  # ends the session of the caller
    "/api/dashboards/detect",  # waits for the browser worker, as the next one does
    "/api/dashboards/reseal",  # waits for the browser worker, which does not run here
)


def counts_of(report: dict[str, Any]) -> dict[str, Any]:
    """Requests, answers with a 5xx, answers beyond the schema, and requests that could not be sent."""
    failed = [(each["code"] in SERVER_ERRORS, each["count"]) for each in report["failures"]]
    server_errors = sum(count for is_server_error, count in failed if is_server_error)
    beyond_schema = sum(count for is_server_error, count in failed if not is_server_error)
    errors = sum(each["count"] for each in report["errors"])
    return {
        "requests": report["test_cases"]["generated"],
        "operations": report["operations"]["tested"],
        "server_errors": server_errors,
        "beyond_schema": beyond_schema,
        "errors": errors,
        "violations": server_errors + beyond_schema + errors,
        "names": [f"{each['title']}: {', '.join(each['operations'])}" for each in report["failures"]],
    }


@pytest.mark.timeout(24 * 3600)
async def test_we7_the_contract_holds_whatever_is_sent(api: World, tmp_path: Path) -> None:
    """An administrator's fuzzed requests pass; bounded in `make test`, FUZZ_MINUTES long in `make fuzz`."""
    settings, report = load(FuzzSettings), tmp_path / "report.json"
    minutes = settings.fuzz_minutes
    async with world(api.places, api.urls, docs=True) as made:
        admin = await made.member(Role.ADMIN)
        arguments = [
            "run",
            f"{made.url}/openapi.json",
            "--workers",
            "1",
            "--no-color",
            "--continue-on-failure",
        ]
        arguments += ["--header", f"Authorization: Bearer {admin.token}", "--request-timeout", "60"]
        arguments += ["--checks", ",".join(CHECKS), "--suppress-health-check", "all"]
        arguments += ["--report-json-path", str(report), "--warnings", "off", "--phases"]
        arguments += (
            ["fuzzing", "--max-examples", "4", "--no-shrink", "--generation-deterministic"]
            if minutes is None
            else [
                "examples,coverage,fuzzing,stateful",
                "--max-time",
                str(60 * minutes),
                "--generation-database",
                "none",
            ]
        )
        for path in LEFT_OUT:
            arguments += ["--exclude-path", path]
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            *arguments,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    counts = counts_of(json.loads(report.read_text()))
    if settings.fuzz_result is not None:
        settings.fuzz_result.write_text(json.dumps({"minutes": minutes} | counts) + "\n")
    assert process.returncode == counts["violations"] == 0, output.decode()[-6000:]
    assert counts["requests"] > 100
    described = json.dumps(api.app.openapi()["paths"])
    assert described.count('"operationId"') > 40


def test_we7_a_run_counts_each_kind_of_failure() -> None:
    """Server errors, answers beyond the schema, and requests that could not be sent are all violations."""
    groups = (("ST101", 2), ("ST102", 1), ("ST202", 4))
    failures = [
        {"code": code, "count": count, "title": "No", "operations": ["GET /x"]} for code, count in groups
    ]
    report = {
        "test_cases": {"generated": 900},
        "operations": {"tested": 80},
        "failures": failures,
        "errors": [{"title": "Network", "count": 1}],
    }
    counts = counts_of(report)
    assert (counts["server_errors"], counts["beyond_schema"], counts["errors"]) == (3, 4, 1)
    assert counts["violations"] == 8
    assert counts_of(report | {"failures": [], "errors": []})["violations"] == 0
