"""`python -m servers`: each engine as a process."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from local_ports import answering, free_port

KEY = secrets.token_hex(16)
RULE = {"id": "all", "match": {}, "effect": "review", "reason": "Ask."}
PATH = {"PATH": "/usr/bin:/bin"}


@asynccontextmanager
async def started(root: Path, *arguments: str, **settings: str) -> AsyncIterator[str]:
    """The engine's address, once its health check responds."""
    port = free_port()
    environment = PATH | {"ENGINE_PORT": str(port)} | settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "servers", *arguments), cwd=root, env=environment
    )
    try:
        await answering(f"http://127.0.0.1:{port}/health/live")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def test_the_analysis_answers(root: Path) -> None:
    """Without data the verdict is inconclusive."""
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z"}
    async with started(root, "analyze") as url, httpx.AsyncClient(base_url=url) as client:
        body = {"logs": [], "metrics": [], "traces": [], "timeWindow": window}
        answer = await client.post("/analyze", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["verdict"] == "inconclusive"


async def test_the_policy_server_needs_a_key_and_keeps_its_approvals(root: Path, tmp_path: Path) -> None:
    """After a restart the approval that it opened is still pending."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"rules": [RULE], "defaultEffect": "deny"}))
    settings = {
        "POLICY_FILE": str(policy),
        "APPROVAL_BOOK": str(tmp_path / "book.sqlite"),
        "APPROVAL_KEYS": f"agent:{KEY}",
    }
    body = {"rcaSummary": "It leaks.", "availableActions": ["restart"], "idempotencyKey": "once"}
    shown = {"Authorization": f"Bearer {KEY}"}
    async with started(root, "propose", **settings) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.post("/propose", json=body)).status_code == 401
        opened = await client.post("/propose", json=body, headers=shown)
        assert (opened.status_code, opened.json()["effect"]) == (200, "review"), opened.text
    async with started(root, "propose", **settings) as url, httpx.AsyncClient(base_url=url) as client:
        pending = (await client.get("/api/v1/approvals/pending", headers=shown)).json()["approvals"]
    assert [approval["token"] for approval in pending] == [opened.json()["approvalToken"]]


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((), {}, "Which engine? One of: analyze, propose"),
        (("propose",), {}, "Settings: POLICY_FILE"),
        (("propose",), {"POLICY_FILE": "pyproject.toml"}, "Settings: POLICY_FILE"),
        (("propose",), {"POLICY_FILE": "pyproject.toml", "APPROVAL_BOOK": "b"}, "belong together"),
        (("propose",), {"POLICY_FILE": "pyproject.toml", "APPROVAL_KEYS": "a:short"}, "at least 32 bytes"),
    ],
)
async def test_what_is_wrong_is_one_line(
    root: Path, arguments: tuple[str, ...], settings: dict[str, str], message: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "servers", *arguments),
        cwd=root,
        env=PATH | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await process.communicate()
    assert process.returncode in (1, 2)
    assert message in stderr.decode()
    assert "Traceback" not in stderr.decode()
