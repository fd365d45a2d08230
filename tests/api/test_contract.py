"""schemathesis against the running API: no input causes a 5xx or a response outside its schema."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from served_api import World, world

from missions.permissions import Role
from runtime.local_settings import FuzzSettings
from runtime.settings import load

CHECKS = ("not_a_server_error", "content_type_conformance", "response_schema_conformance")
LEFT_OUT = (
    "/api/auth/logout/everywhere",  # ends the session of the caller
    "/api/dashboards/reseal",  # waits for the browser worker, which does not run here
)


@pytest.mark.timeout(24 * 3600)
async def test_we7_the_contract_holds_whatever_is_sent(api: World, tmp_path: Path) -> None:
    """An administrator's fuzzed requests pass; bounded in `make test`, FUZZ_MINUTES long in `make fuzz`."""
    minutes = load(FuzzSettings).fuzz_minutes
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
        arguments += ["--warnings", "off", "--phases"]
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
    assert process.returncode == 0, output.decode()[-6000:]
    described = json.dumps(api.app.openapi()["paths"])
    assert described.count('"operationId"') > 40
