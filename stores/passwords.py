import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from passlib.context import CryptContext

from missions.errors import UnavailableError

Result = TypeVar("Result")
THREADS = 2
MAX_WAITING = 14
"""Requests that may wait for a thread. A hash takes 0.25 s, so the last one waits about 2 s."""
NICENESS = 5


class Passwords:
    """bcrypt over SHA-256 (plain bcrypt ignores everything after byte 72), 12 rounds, in a thread pool.

    The queue is bounded: when it is full, UnavailableError is raised at once.
    """

    def __init__(self, rounds: int = 12) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._pool = ThreadPoolExecutor(THREADS, "passwords", initializer=_lower_priority)
        self._dummy_hash = self.hash_now(secrets.token_hex(16))
        self._queued = 0
        self.hashed = 0
        """Number of hashes computed: one for each attempt, whatever its result."""

    def hash_now(self, password: str) -> str:
        """The hash; takes about a quarter of a second of one core."""
        return str(self._context.hash(password))

    async def hash(self, password: str) -> str:
        """The hash of a new password. Call inside `place()`."""
        return await self._run(lambda: self.hash_now(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password matches. Costs the same without a stored hash. Call inside `place()`."""
        expected = stored or self._dummy_hash
        matches = await self._run(lambda: bool(self._context.verify(password, expected)))
        return matches and stored is not None

    @contextmanager
    def place(self) -> Iterator[None]:
        """Reserves a place in the queue before any other work. Raises UnavailableError."""
        if self._queued >= THREADS + MAX_WAITING:
            raise UnavailableError("Too many people are signing in right now; try again.")
        self._queued += 1
        try:
            yield
        finally:
            self._queued -= 1

    async def _run(self, work: Callable[[], Result]) -> Result:
        self.hashed += 1
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _lower_priority() -> None:
    """Lets the event loop have the processor before hashing."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
