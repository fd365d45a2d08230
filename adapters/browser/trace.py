"""Playwright's trace of a visit, made safe to keep: which steps, how long, and how each ended."""

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
_KEPT = {
    "context-options": ("version", "type", "origin", "browserName", "platform", "wallTime", "monotonicTime"),
    "before": ("type", "callId", "startTime", "class", "method", "pageId", "parentId"),
    "after": ("type", "callId", "endTime"),
}
_PARAMETERS = ("timeout", "waitUntil")
_SECRETS = re.compile(r"(\?|#|//[^/\s]*@)\S*")
_MESSAGE = 300


async def begin(context: BrowserContext) -> None:
    """Begins to record the steps; neither pictures nor pages, which nobody masked."""
    await context.tracing.start(screenshots=False, snapshots=False, sources=False)


async def taken(context: BrowserContext) -> bytes:
    """The safe trace, as a zip that Playwright's viewer opens. Playwright's errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.zip"
        await context.tracing.stop(path=path)
        return await asyncio.to_thread(lambda: safe(path.read_bytes()))


def safe(trace: bytes) -> bytes:
    """The trace without what was typed, asked, answered, logged or drawn: it holds passwords and tokens.

    Only what is listed here stays, so that what a newer Playwright adds is dropped as well.
    """
    with zipfile.ZipFile(io.BytesIO(trace)) as whole:
        lines = whole.read(_EVENTS).decode(errors="replace").splitlines()
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(_EVENTS, "".join(json.dumps(event) + "\n" for event in _events(lines)))
        made.writestr("trace.network", "")
    return kept.getvalue()


def _events(lines: list[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        event = json.loads(line)
        names = _KEPT.get(event.get("type"))
        if names is None:
            continue
        known = {name: event[name] for name in names if name in event}
        if event["type"] == "before":
            told = event.get("params", {})
            known["params"] = {name: told[name] for name in _PARAMETERS if name in told}
            if event.get("method") == "goto":
                known["params"]["url"] = _bare(told.get("url", ""))
        if event["type"] == "context-options":
            known["options"] = {}
        if "message" in event.get("error", {}):
            known["error"] = {"message": _bare(event["error"]["message"])}
        yield known


def _bare(text: str) -> str:
    """The first line, without queries, fragments and userinfo."""
    return _SECRETS.sub("", text.partition("\n")[0])[:_MESSAGE]
