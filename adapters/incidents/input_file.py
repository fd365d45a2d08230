"""A file of the folder: decompressed, decoded and bounded."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from adapters.incidents.limits import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENT_VALUES,
    MAX_EXPANSION,
    MAX_LINES_BYTES,
)
from missions.errors import InvalidError

_GZIP = b"\x1f\x8b"
_OTHER_COMPRESSIONS = {
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"PAR1": "Parquet",
    b"SQLite format 3": "SQLite",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 65_536
_UNREADABLE = (OSError, EOFError, zlib.error)


class InputFile:
    """One file. Every method raises InvalidError with the file's name if it cannot be read."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name or path.name

    @property
    def stem(self) -> str:
        """The name without its extensions, in lower case."""
        name = self.path.name.lower().removesuffix(".gz")
        return name.rpartition(".")[0] or name

    @property
    def extension(self) -> str:
        """The extension before ".gz", in lower case, without its dot."""
        return self.path.name.lower().removesuffix(".gz").rpartition(".")[2]

    def head(self) -> str:
        """The first 64 KiB as text. Raises InvalidError for what holds no text."""
        with self._opened(MAX_LINES_BYTES) as file:
            start = file.read(_HEAD)
        for magic, kind in _OTHER_COMPRESSIONS.items():
            if start.startswith(magic):
                raise InvalidError(f"{self.name}: expected text or gzip, but it is {kind}.")
        if b"\0" in start and not start.startswith(_UTF16):
            raise InvalidError(f"{self.name}: expected text, but it is binary.")
        return start.decode(_encoding(start), errors="replace").lstrip("\ufeff")

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The file as text with its own line ends."""
        with self._opened(MAX_LINES_BYTES) as file:
            start = file.read(4)
        with self._opened(MAX_LINES_BYTES) as file:
            encoding = _encoding(start)
            yield io.TextIOWrapper(cast("BinaryIO", file), encoding, errors="replace", newline="")

    def lines(self, longest: int) -> Iterator[tuple[int, str]]:
        """Each line with its number from 1, without its end; of a longer line only the beginning."""
        with self.text() as file:
            number = 0
            while line := file.readline(longest):
                number += 1
                if not line.endswith("\n") and len(line) >= longest:
                    _skip_line(file, longest)
                yield number, line.rstrip("\r\n")

    def document(self) -> bytes:
        """All of a JSON document, in UTF-8."""
        with self._opened(MAX_DOCUMENT_BYTES) as file:
            content = file.read()
        if content.startswith(_UTF16):
            content = content.decode("utf-16", errors="replace").encode()
        content = content.removeprefix(b"\xef\xbb\xbf")
        if content.count(b",") + content.count(b"[") + content.count(b"{") > MAX_DOCUMENT_VALUES:
            raise InvalidError(f"{self.name} has more than {MAX_DOCUMENT_VALUES} values.")
        return content

    @contextmanager
    def _opened(self, limit: int) -> Iterator["_Bounded"]:
        try:
            with self.path.open("rb") as raw:
                packed = raw.read(2) == _GZIP
                raw.seek(0)
                size = self.path.stat().st_size
                plain: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
                most = min(limit, max(MAX_DOCUMENT_BYTES, size * MAX_EXPANSION)) if packed else limit
                yield _Bounded(plain, most, self.name)
        except _UNREADABLE as error:
            raise InvalidError(f"{self.name} cannot be read: {error}.") from error


class _Bounded(io.RawIOBase):
    """Reads at most so many bytes of another file. Raises InvalidError for one more."""

    def __init__(self, file: BinaryIO, limit: int, name: str) -> None:
        super().__init__()
        self._file, self._left, self._limit, self._name = file, limit, limit, name

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        content = self._file.read(wanted)
        self._left -= len(content)
        if self._left < 0:
            raise InvalidError(f"{self._name} has more than {self._limit} bytes.")
        return content

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(_HEAD if size < 0 else size)


def _encoding(start: bytes) -> str:
    return "utf-16" if start.startswith(_UTF16) else "utf-8-sig"


def _skip_line(file: TextIO, longest: int) -> None:
    while rest := file.readline(longest):
        if rest.endswith("\n"):
            return
