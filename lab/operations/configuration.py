"""The services' configuration files, in a git repository as operators keep them."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.operations.tool.releases import CONFIG_FILE

_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Operator",
    "GIT_AUTHOR_EMAIL": "operator@lab.internal",
    "GIT_COMMITTER_NAME": "Operator",
    "GIT_COMMITTER_EMAIL": "operator@lab.internal",
}

_REVIEW = "# Reviewed by the service's owners.\n"


class ConfigurationError(RuntimeError):
    """git refused a command; the message has its last words."""


@dataclass(frozen=True)
class ConfigurationRepository:
    """`<folder>/<service>/service.env`, each a file of KEY=VALUE lines."""

    folder: Path

    def prepare(self, files: Mapping[str, Path]) -> str:
        """Makes the repository with two versions of each service's file. Returns the earlier commit."""
        self.folder.mkdir(parents=True)
        self._git("init", "-q", "-b", "main")
        for service, file in files.items():
            self._file(service).parent.mkdir()
            self._file(service).write_text(_REVIEW + file.read_text(encoding="utf-8"), encoding="utf-8")
        self._commit("Configure the services")
        earlier = self.head
        for service, file in files.items():
            self._file(service).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        self._commit("Remove the notes for the review")
        return earlier

    def set(self, service: str, values: Mapping[str, str], message: str) -> str:
        """Changes values of a service's file and commits it. Returns the commit."""
        path, left = self._file(service), dict(values)
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.partition("=")[0].strip()
            lines.append(f"{name}={left.pop(name)}" if name in left else line)
        lines += [f"{name}={value}" for name, value in left.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._commit(message)
        return self.head

    @property
    def head(self) -> str:
        """The latest commit."""
        return self._git("rev-parse", "HEAD")

    def _file(self, service: str) -> Path:
        return self.folder / service / CONFIG_FILE

    def _commit(self, message: str) -> None:
        """Commits what changed, if anything did."""
        self._git("add", "--all")
        if self._git("status", "--porcelain"):
            self._git("commit", "-q", "-m", message)

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(
            command,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        if done.returncode != 0:
            raise ConfigurationError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()
