import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from passlib.context import CryptContext


class Passwords:
    """bcrypt over SHA-256 (plain bcrypt ignores what follows byte 72), 12 rounds, in a small thread pool."""

    def __init__(self, rounds: int = 12) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")
        self._nobody = self.hash_now(secrets.token_hex(16))

    def hash_now(self, password: str) -> str:
        """The hash; takes about a quarter of a second of one core."""
        return str(self._context.hash(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether it fits. For an unknown person it costs the same, and never fits."""
        loop = asyncio.get_running_loop()
        against = stored or self._nobody
        fits = await loop.run_in_executor(self._pool, self._context.verify, password, against)
        return bool(fits) and stored is not None
