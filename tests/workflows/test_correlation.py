"""A request's correlation id is in every log line of its mission's activities."""

import asyncio
import json
import os
import sys
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

ACTIVITIES = {"plan", "observe", "diagnose", "record", "report"}


async def test_every_log_line_of_an_activity_names_the_request(temporal: Client, root: Path) -> None:
    """Each activity logs JSON with the correlation id, its name, its attempt and its workflow."""
    correlation, address = uuid4().hex, temporal.service_client.config.target_host
    paths = os.pathsep.join([str(root), str(root / "tests" / "fakes")])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(root / "tests" / "fakes" / "logged_mission.py"),
        address,
        correlation,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": paths},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, output = await process.communicate()
    assert process.returncode == 0, output.decode()
    lines = [json.loads(line) for line in output.decode().splitlines() if correlation in line]
    done = [line for line in lines if line["message"] == "activity done"]
    assert {line["activity"] for line in done} - {"weigh"} == ACTIVITIES  # optional
    assert all(line["correlation_id"] == correlation for line in done)
    assert all(line["workflow"].startswith("mission-") and line["attempt"] == 1 for line in done)
    assert all(line["process"] == "missions" for line in done)
