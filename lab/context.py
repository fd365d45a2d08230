from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.software import Software
from lab.topology import DOMAIN, LabNetwork
from runtime.local.private_files import private_directory
from runtime.local.processes import Child

ENV: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""The environment of every process of the lab; components add to it."""
_MOUNT = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


@dataclass(frozen=True)
class LabContext:
    """The addresses and files of one lab, and how its processes are started."""

    network: LabNetwork
    software: Software

    @property
    def run(self) -> Path:
        """The directory of this lab's state."""
        return self.software.run(self.network)

    @property
    def python_env(self) -> dict[str, str]:
        """What the software of the lab's virtual environment gets beside ENV, the services included."""
        return {
            "PATH": f"{self.software.venv / 'bin'}:{ENV['PATH']}",
            "NODE_PATH": str(self.software.home / "node_modules"),
            "TLS": str(self.certificates),
            "LOGS": str(self.run / "logs"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MALLOC_ARENA_MAX": "2",
        }

    def home(self, name: str) -> Path:
        """The directory of a component, which is created."""
        return private_directory(self.run / name)

    def log(self, name: str) -> Path:
        """The log of a component or an instance."""
        return self.run / "logs" / f"{name}.log"

    def targets(self, job: str) -> Path:
        """The file in which Prometheus finds the instances of a service (`file_sd_configs`)."""
        return self.run / "targets" / f"{job}.json"

    @property
    def haproxy_socket(self) -> Path:
        """HAProxy's runtime socket."""
        return self.run / "haproxy.sock"

    @property
    def nginx_pid(self) -> Path:
        """The file with nginx's process id: SIGHUP makes it read its configuration again."""
        return self.run / "nginx.pid"

    def upstream(self, service: str) -> Path:
        """The file with the servers of nginx's `upstream` for a service."""
        return self.run / "upstreams" / f"{service}.conf"

    @property
    def certificates(self) -> Path:
        """`ca.pem`, and `<name>.pem` with `<name>.key` for each server that has a certificate."""
        return self.run / "certificates"

    @property
    def resolver(self) -> Path:
        """The `resolv.conf` of the lab's processes."""
        return self.run / "resolv.conf"

    def write_resolver(self) -> None:
        """Writes the file that `resolving` mounts."""
        private_directory(self.run)
        self.resolver.write_text(
            f"nameserver {self.network.host('dns')}\nsearch {DOMAIN}\noptions timeout:2 attempts:2\n"
        )

    def resolving(self, argv: Sequence[str]) -> list[str]:
        """The command in a mount namespace in which the lab's DNS server answers. It needs root."""
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", _MOUNT, str(self.resolver), *argv]

    def child(
        self,
        name: str,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        *,
        cwd: Path | None = None,
        grace_s: float = 5.0,
    ) -> Child:
        """A process that resolves the lab's names; `env` is added to ENV."""
        command = self.resolving([str(argument) for argument in argv])
        home = cwd or self.home(name)
        return Child(
            name,
            command,
            log=self.log(name),
            env={**ENV, "HOME": str(home), **(env or {})},
            cwd=home,
            grace_s=grace_s,
        )
