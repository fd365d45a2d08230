"""Playwright's trace of a visit, redacted: its steps, their durations and their errors."""

import asyncio
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext

_EVENTS = "trace.trace"
_FIELDS = {
    "context-options": ("version", "type", "origin", "browserName", "platform", "wallTime", "monotonicTime"),
    "before": ("type", "callId", "startTime", "class", "method", "pageId", "parentId"),
    "after": ("type", "callId", "endTime"),
}
_PARAMETERS = ("timeout", "waitUntil")
_SECRETS = re.compile(r"(\?|#|//[^/\s]*@)\S*")
_MESSAGE_LENGTH = 300


async def start_trace(context: BrowserContext) -> None:
    """Starts to trace the steps, without screenshots and DOM snapshots: they would not be masked."""
    await context.tracing.start(screenshots=False, snapshots=False, sources=False)


async def stop_trace(context: BrowserContext) -> bytes:
    """The redacted trace, as a zip for Playwright's trace viewer. Raises Playwright's errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.zip"
        await context.tracing.stop(path=path)
        return await asyncio.to_thread(lambda: redacted(path.read_bytes()))


def redacted(trace: bytes) -> bytes:
    """The trace without input, requests, responses, logs and pictures, which hold passwords and tokens.

    It keeps listed fields only, so that fields of a newer Playwright are dropped as well.
    """
    with zipfile.ZipFile(io.BytesIO(trace)) as archive:
        lines = archive.read(_EVENTS).decode(errors="replace").splitlines()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_EVENTS, "".join(json.dumps(event) + "\n" for event in _events(lines)))
        archive.writestr("trace.network", "")
    return buffer.getvalue()


def _events(lines: list[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        event = json.loads(line)
        names = _FIELDS.get(event.get("type"))
        if names is None:
            continue
        kept = {name: event[name] for name in names if name in event}
        if event["type"] == "before":
            parameters = event.get("params", {})
            kept["params"] = {name: parameters[name] for name in _PARAMETERS if name in parameters}
            if event.get("method") == "goto":
                kept["params"]["url"] = _without_secrets(parameters.get("url", ""))
        if event["type"] == "context-options":
            kept["options"] = {}
        if "message" in event.get("error", {}):
            kept["error"] = {"message": _without_secrets(event["error"]["message"])}
        yield kept


def _without_secrets(text: str) -> str:
    """The first line, without queries, fragments and userinfo."""
    return _SECRETS.sub("", text.partition("\n")[0])[:_MESSAGE_LENGTH]
