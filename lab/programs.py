"""Debian's programs that the lab runs, and which components are left out without each."""

from dataclasses import dataclass
from pathlib import Path

from lab.topology import Component


@dataclass(frozen=True)
class DebianProgram:
    """A package, one file of it (a path or a glob pattern), and its systemd units (`services`)."""

    package: str
    file: str
    leaves_out: str
    """What the lab does without, for people."""
    components: frozenset[Component] = frozenset()
    """The components that cannot run without it."""
    services: tuple[str, ...] = ()

    @property
    def path(self) -> Path | None:
        """The installed file, or None."""
        return next(iter(sorted(Path("/").glob(self.file.lstrip("/")))), None)


def _of(package: str, file: str, component: Component, *services: str) -> DebianProgram:
    return DebianProgram(package, file, component.value, frozenset({component}), services or (package,))


NGINX = _of("nginx", "/usr/sbin/nginx", Component.NGINX)
HAPROXY = _of("haproxy", "/usr/sbin/haproxy", Component.HAPROXY)
POSTGRES = _of("postgresql-15", "/usr/lib/postgresql/15/bin/postgres", Component.POSTGRES, "postgresql")
RABBITMQ = _of(
    "rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server", Component.RABBITMQ, "rabbitmq-server", "epmd"
)
DNSMASQ = _of("dnsmasq-base", "/usr/sbin/dnsmasq", Component.DNS)
PROMETHEUS = _of("prometheus", "/usr/bin/prometheus", Component.MONITORING)
ALERTMANAGER = _of("prometheus-alertmanager", "/usr/bin/prometheus-alertmanager", Component.MONITORING)
VICTORIA_METRICS = DebianProgram(
    "victoria-metrics", "/usr/bin/victoria-metrics", "VictoriaMetrics", services=("victoria-metrics",)
)
SSHD = DebianProgram("openssh-server", "/usr/sbin/sshd", "actions over SSH", services=("ssh", "ssh.socket"))
FAKETIME = DebianProgram(
    "libfaketime", "/usr/lib/*/faketime/libfaketime.so.1", "the fault of a wrong clock", services=()
)


def _exporter(name: str) -> DebianProgram:
    package = f"prometheus-{name}-exporter"
    return DebianProgram(package, f"/usr/bin/{package}", f"the {name} exporter", services=(package,))


NODE_EXPORTER, PROCESS_EXPORTER, NGINX_EXPORTER, POSTGRES_EXPORTER, REDIS_EXPORTER, BLACKBOX_EXPORTER = (
    _exporter(name) for name in ("node", "process", "nginx", "postgres", "redis", "blackbox")
)
EXPORTERS = {
    "node": NODE_EXPORTER,
    "process": PROCESS_EXPORTER,
    "nginx": NGINX_EXPORTER,
    "postgres-exporter": POSTGRES_EXPORTER,
    "redis-exporter": REDIS_EXPORTER,
    "blackbox": BLACKBOX_EXPORTER,
}
"""By their host. The lab runs without one that is not installed."""

PROGRAMS = (
    *(
        NGINX,
        HAPROXY,
        POSTGRES,
        RABBITMQ,
        DNSMASQ,
        PROMETHEUS,
        ALERTMANAGER,
        VICTORIA_METRICS,
        SSHD,
        FAKETIME,
    ),
    *EXPORTERS.values(),
    DebianProgram("git", "/usr/bin/git", "the configuration's history"),
)


def not_installed(components: frozenset[Component]) -> list[str]:
    """The packages without which a lab of these components cannot run."""
    return [
        program.package for program in PROGRAMS if program.components & components and program.path is None
    ]
