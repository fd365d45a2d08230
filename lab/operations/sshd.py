"""OpenSSH's server on an address of its own; its one key may run `ops` only."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from runtime.local.commands import run
from runtime.local.private_files import private_directory, write_private
from runtime.local.processes import Child


class NoSshdError(RuntimeError):
    """OpenSSH's server or ssh-keygen is missing, or refused to make a key."""


@dataclass(frozen=True)
class SshServer:
    """`folder` gets its keys and configuration. `user` signs in: the user of this process."""

    folder: Path
    host: str
    port: int
    user: str
    forced: Path
    log: Path

    @property
    def key(self) -> Path:
        """The private key of the one user."""
        return self.folder / "id"

    @property
    def known_hosts(self) -> Path:
        """The file that names the server's own key."""
        return self.folder / "known_hosts"

    def prepare(self) -> None:
        """Makes both keys and the configuration. Raises NoSshdError."""
        private_directory(self.folder)
        for name in ("host_key", "id"):
            if not (self.folder / name).exists():
                self._make_key(self.folder / name)
        public = (self.folder / "host_key.pub").read_text(encoding="utf-8").split()[:2]
        name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"  # noqa: PLR2004  SSH's port
        write_private(self.known_hosts, f"{name} {' '.join(public)}\n")
        identity = (self.folder / "id.pub").read_text(encoding="utf-8")
        write_private(self.folder / "authorized_keys", f'restrict,command="{self.forced}" {identity}')
        options = {
            "ListenAddress": f"{self.host}:{self.port}",
            "HostKey": self.folder / "host_key",
            "AuthorizedKeysFile": self.folder / "authorized_keys",
            "PidFile": "none",
            "PermitRootLogin": "forced-commands-only",
            "AllowUsers": self.user,
            "AuthenticationMethods": "publickey",
            "UsePAM": "no",
            "StrictModes": "no",  # the lab's directory may be below one that others can write
            "X11Forwarding": "no",
            "LogLevel": "INFO",
        }
        lines = "".join(f"{option} {value}\n" for option, value in options.items())
        write_private(self.folder / "sshd_config", lines)

    def child(self, prefix: tuple[str, ...] = ()) -> Child:
        """The server, without a detached process. NoSshdError."""
        argv = [*prefix, _program("sshd"), "-D", "-e", "-f", str(self.folder / "sshd_config")]
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its own, made by systemd elsewhere
        return Child("sshd", argv, log=self.log, env={"PATH": "/usr/sbin:/usr/bin:/bin"})

    def _make_key(self, path: Path) -> None:
        command = [_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)]
        if trouble := run(command):
            raise NoSshdError(trouble)


def _program(name: str) -> str:
    path = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
    if path is None:
        raise NoSshdError(f"OpenSSH's {name} is not installed")
    return path
