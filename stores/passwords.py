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
WAITING = 14
"""So many may wait for a thread; a hash takes a quarter of a second, so the last waits two."""
NICENESS = 5


class Passwords:
    """bcrypt over SHA-256 (plain bcrypt ignores what follows byte 72), 12 rounds, in a small thread pool.

    The pool is bounded: who finds no place gets UnavailableError at once.
    """

    def __init__(self, rounds: int = 12) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._pool = ThreadPoolExecutor(THREADS, "passwords", initializer=_step_back)
        self._nobody = self.hash_now(secrets.token_hex(16))
        self._inside = 0
        self.hashed = 0
        """How many hashes were computed: one for each answer, whatever it says."""

    def hash_now(self, password: str) -> str:
        """The hash; takes about a quarter of a second of one core."""
        return str(self._context.hash(password))

    async def hash(self, password: str) -> str:
        """The hash of a new password, for who has a place."""
        return await self._run(lambda: self.hash_now(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether it fits, for who has a place. For an unknown person it costs the same, and never fits."""
        against = stored or self._nobody
        fits = await self._run(lambda: bool(self._context.verify(password, against)))
        return fits and stored is not None

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, before anything else is done for who asks. Raises UnavailableError."""
        if self._inside >= THREADS + WAITING:
            raise UnavailableError("Too many sign in at this moment.")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def _run(self, work: Callable[[], Result]) -> Result:
        self.hashed += 1
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _step_back() -> None:
    """Hashing yields to whoever else wants the processor: the loop that answers everybody."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
