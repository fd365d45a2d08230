import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from runtime.local.private_files import private_directory


class DataInUseError(RuntimeError):
    """Another process runs a stack on this data directory; the message names its pid."""


class DataLock:
    """One stack per data directory. The kernel releases the lock when its process ends."""

    def __init__(self, data: Path) -> None:
        """Takes the lock at once; DataInUseError if another process holds it."""
        path = private_directory(data) / "lock"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            holder = path.read_text().strip() or "unknown"
            message = f"{data} is in use by process {holder}: stop it, or choose another data directory"
            raise DataInUseError(message) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)
        self._held = True

    def release(self) -> None:
        """Releases the lock. Idempotent."""
        if self._held:
            self._held = False
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.release()


def holder(data: Path) -> int | None:
    """The pid that runs a stack on this directory, or None."""
    path = data / "lock"
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(path.read_text() or 0) or None
    return None
