"""Releases are folders; the one that runs is named by the symbolic link `current`."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.operations.tool.layout import Layout

CONFIG_FILE = "service.env"
_IGNORED = shutil.ignore_patterns("__pycache__", CONFIG_FILE)


class ReleaseError(RuntimeError):
    """A release cannot be made or does not exist; the message says why."""


@dataclass(frozen=True)
class Release:
    """`previous` is the revision that ran when this one was deployed; `config` is a commit."""

    revision: int
    version: str
    config: str
    previous: int | None


class Releases:
    """The releases of one service."""

    def __init__(self, layout: Layout, service: str) -> None:
        self._layout = layout
        self._service = service
        self._folder = layout.app(service) / "releases"
        self._current = layout.app(service) / "current"

    def current(self) -> Release | None:
        """The release that runs, or that runs at the next start. None before the first one."""
        return self.read(int(self._current.readlink().name)) if self._current.is_symlink() else None

    def read(self, revision: int) -> Release:
        """Raises ReleaseError for an unknown revision."""
        try:
            content = (self._folder / str(revision) / "release.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ReleaseError(f"{self._service} has no release {revision}") from None
        return Release(**json.loads(content))

    def add(self, source: Path | None, config: str | None) -> Release:
        """Makes a release of the code in `source` and the configuration at a commit.

        Without one of them, that of the current release is used. It does not run yet.
        """
        current = self.current()
        commit = config or (current.config if current else self._git("rev-parse", "HEAD"))
        commit = self._git("rev-parse", "--verify", f"{commit}^{{commit}}")
        if source is None and current is None:
            raise ReleaseError(f"{self._service} has no release yet: name the folder of its code")
        source = source or self._folder / str(current.revision if current else 0) / "app"
        revision = 1 + max((int(path.name) for path in self._folder.glob("[0-9]*")), default=0)
        self._folder.mkdir(parents=True, exist_ok=True)
        building = self._folder / f".{revision}"
        shutil.rmtree(building, ignore_errors=True)
        shutil.copytree(source, building / "app", symlinks=True, ignore=_IGNORED)
        (building / "config").mkdir()
        text = self._git("show", f"{commit}:{self._service}/{CONFIG_FILE}")
        (building / "config" / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
        version = f"{_digest(building / 'app')}-{commit[:7]}"
        release = Release(revision, version, commit, current.revision if current else None)
        (building / "release.json").write_text(json.dumps(asdict(release)) + "\n", encoding="utf-8")
        building.rename(self._folder / str(revision))
        return release

    def switch(self, revision: int) -> Release:
        """Makes a release the current one, atomically. Raises ReleaseError for an unknown revision."""
        release = self.read(revision)
        fresh = self._current.with_name(".current")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("releases") / str(revision))
        fresh.replace(self._current)
        return release

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self._layout.config), *arguments]
        environment = {"PATH": os.defpath, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        if done.returncode != 0:
            raise ReleaseError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()


def _digest(folder: Path) -> str:
    """Seven digits of a hash of all files: the same code has the same version."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:7]
