import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.shop.clock import iso

MOST_KEYS: Final = 10_000

Receipt = dict[str, object]


class KeyReusedError(Exception):
    """The idempotency key belongs to another request."""


@dataclass(slots=True)
class _Entry:
    fingerprint: str
    outline: Receipt
    work: asyncio.Task[Receipt]


class Receipts:
    """One receipt a key: the same request asked again gets it without being done again."""

    def __init__(self, effects: Path) -> None:
        self._effects = effects
        self._entries: dict[str, _Entry] = {}
        self._begun: set[str] = set()

    async def once(self, key: str, request: Receipt, work: Callable[[], Awaitable[Receipt]]) -> Receipt:
        """Does the work, or waits for the one that began with this key.

        KeyReusedError when the key began with another request. Work that refuses (raises) did
        nothing, so it frees the key.
        """
        fingerprint = json.dumps(request, sort_keys=True)
        entry = self._entries.get(key)
        if entry is None:
            outline = {"key": key, "service": request["service"], "action": request["action"]}
            entry = _Entry(fingerprint, outline, asyncio.create_task(self._run(key, outline, work)))
            self._entries[key] = entry
            if len(self._entries) > MOST_KEYS:
                del self._entries[next(iter(self._entries))]
        elif entry.fingerprint != fingerprint:
            raise KeyReusedError
        # Shielded: a caller that goes away leaves the change going on.
        return await asyncio.shield(entry.work)

    def find(self, key: str) -> Receipt | None:
        """The receipt with its status, `applied` or `running`; None for an unknown key."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.work.done():
            if entry.work.cancelled() or entry.work.exception() is not None:
                return {**entry.outline, "status": "failed"}
            return {**entry.work.result(), "status": "applied"}
        return {**entry.outline, "status": "running"}

    def note_effect(self, key: str, service: str, action: str) -> None:
        """One line in the append-only file, written as the effect begins."""
        self._begun.add(key)
        line = {"key": key, "service": service, "action": action, "time": iso(time.time())}
        with self._effects.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    async def _run(self, key: str, outline: Receipt, work: Callable[[], Awaitable[Receipt]]) -> Receipt:
        try:
            return {**outline, **await work()}
        except BaseException:
            if key not in self._begun:  # what began keeps its key: asking again must not do it twice
                self._entries.pop(key, None)
            raise
