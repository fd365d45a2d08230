import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demo.shop.action_request import ActionRequest
from demo.shop.clock import iso

MOST_KEYS: Final = 10_000

Receipt = dict[str, object]


class KeyReusedError(Exception):
    """The idempotency key belongs to another action."""


@dataclass(slots=True)
class _Entry:
    action: ActionRequest
    work: asyncio.Task[Receipt]


class Receipts:
    """One receipt per key: the same action sent again gets it without being done again."""

    def __init__(self, effects: Path) -> None:
        self._effects = effects
        self._entries: dict[str, _Entry] = {}
        self._begun: set[str] = set()

    async def once(self, action: ActionRequest, work: Callable[[], Coroutine[Any, Any, Receipt]]) -> Receipt:
        """Does the work, or waits for the one that began with this key.

        KeyReusedError when the key began with another action. Work that refuses (raises before its effect)
        did nothing, so it frees the key.
        """
        entry = self._entries.get(action.key)
        if entry is None:
            entry = _Entry(action, asyncio.create_task(self._run(action.key, work)))
            self._entries[action.key] = entry
            if len(self._entries) > MOST_KEYS:
                del self._entries[next(iter(self._entries))]
        elif entry.action != action:
            raise KeyReusedError
        # Shielded: a caller that goes away leaves the change going on.
        return await asyncio.shield(entry.work)

    def find(self, key: str) -> asyncio.Task[Receipt] | None:
        """The work under this key, done or not; None for an unknown key."""
        entry = self._entries.get(key)
        return entry.work if entry else None

    def note_effect(self, action: ActionRequest) -> None:
        """One line in the append-only file, written as the effect begins."""
        self._begun.add(action.key)
        line = {"key": action.key, "service": action.service, "action": action.kind, "time": iso(time.time())}
        with self._effects.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    async def _run(self, key: str, work: Callable[[], Coroutine[Any, Any, Receipt]]) -> Receipt:
        try:
            return await work()
        except BaseException:
            if key not in self._begun:  # what began keeps its key: asking again must not do it twice
                self._entries.pop(key, None)
            raise
