import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab.components.nginx import STATUS_PORT
from lab.context import LabContext
from lab.part import get
from lab.programs import (
    BLACKBOX_EXPORTER,
    NGINX_EXPORTER,
    NODE_EXPORTER,
    POSTGRES_EXPORTER,
    PROCESS_EXPORTER,
    REDIS_EXPORTER,
    DebianProgram,
)
from lab.topology import DOMAIN, PORTS, Component
from runtime.local.polling import answers
from runtime.local.processes import Child

FILES = Path(__file__).with_name("files")
GO_ENV: Mapping[str, str] = {"GOGC": "50", "GOMEMLIMIT": "30MiB", "GOMAXPROCS": "1"}


@dataclass(frozen=True)
class Exporter:
    """A Prometheus exporter; `name` is its host, and its process is `<name>-exporter`."""

    context: LabContext
    host: str
    program: DebianProgram
    arguments: Sequence[str]
    env: Mapping[str, str]
    files: Mapping[str, str]
    """Its files, by name."""

    @property
    def name(self) -> str:
        """The name of its process and log."""
        return self.host if self.host.endswith("-exporter") else f"{self.host}-exporter"

    def prepare(self) -> None:
        """Writes its files."""
        for name, content in self.files.items():
            (self.context.home(self.name) / name).write_text(content)

    def child(self) -> Child:
        """The process; its directory has its files."""
        argv = [str(self.program.path), *self.arguments]
        return self.context.child(self.name, argv, {**GO_ENV, **self.env})

    async def ready(self) -> None:
        """Returns when it shows metrics."""
        url = f"http://{self.context.network.address(self.host)}/metrics"
        await answers(
            self.name, lambda: get(url, timeout_s=10), (httpx.HTTPError,), self.context.log(self.name)
        )


READ = {
    "node": Component.HOST,
    "process": Component.HOST,
    "nginx": Component.NGINX,
    "postgres-exporter": Component.POSTGRES,
    "redis-exporter": Component.VALKEY,
    "blackbox": Component.MONITORING,
}
"""The component that needs an exporter, by the exporter's host."""


def exporters(context: LabContext, components: frozenset[Component]) -> dict[str, Exporter]:
    """The exporters from Debian for these components, by their host, without those that are not installed."""

    def exporter(
        host: str,
        program: DebianProgram,
        *arguments: str,
        flag: str = "--web.listen-address",
        env: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Exporter:
        listen = f"{flag}={context.network.address(host)}"
        return Exporter(context, host, program, (listen, *arguments), env or {}, files or {})

    # The server itself and not a link: faults between services do not blind the monitoring.
    postgres = f"postgresql://exporter:exporter@postgres.{DOMAIN}:{PORTS['postgres']}/postgres"
    every = (
        exporter(
            "node",
            NODE_EXPORTER,
            "--collector.disable-defaults",
            *(f"--collector.{name}" for name in NODE_COLLECTORS),
        ),
        exporter(
            "process",
            PROCESS_EXPORTER,
            *("-config.path=process.json", "-threads=false", "-gather-smaps=false"),
            flag="-web.listen-address",
            files={"process.json": json.dumps(process_groups(context), indent=1)},
        ),
        exporter(
            "nginx",
            NGINX_EXPORTER,
            f"-nginx.scrape-uri=http://edge.{DOMAIN}:{STATUS_PORT}/stub_status",
            flag="-web.listen-address",
        ),
        exporter(
            "postgres-exporter",
            POSTGRES_EXPORTER,
            *("--auto-discover-databases", "--exclude-databases=template0,template1,postgres"),
            "--extend.query-path=queries.yml",
            env={"DATA_SOURCE_NAME": f"{postgres}?sslmode=disable"},
            files={"queries.yml": (FILES / "postgres-queries.yml").read_text()},
        ),
        exporter(
            "redis-exporter",
            REDIS_EXPORTER,
            f"--redis.addr=redis://redis.{DOMAIN}:{PORTS['redis']}",
            env={"GOMEMLIMIT": "20MiB"},
        ),
        exporter(
            "blackbox",
            BLACKBOX_EXPORTER,
            "--config.file=blackbox.yml",
            files={"blackbox.yml": json.dumps(blackbox_modules(), indent=1)},
        ),
    )
    return {each.host: each for each in every if each.program.path and READ[each.host] in components}


NODE_COLLECTORS = (
    *("cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "netstat"),
    *("pressure", "sockstat", "stat", "time", "timex", "vmstat"),
)


def process_groups(context: LabContext) -> dict[str, object]:
    """The process exporter's configuration: the processes of this lab, by program or service.

    A program's children, such as PostgreSQL's sessions, belong to its group. Patterns of paths and addresses
    keep out other programs of the same name on this machine.
    """
    here = re.escape(str(context.run))
    servers = {
        name: {"comm": [name], "cmdline": [here]} for name in ("nginx", "haproxy", "postgres", "dnsmasq")
    }
    servers["rabbitmq"] = {"comm": ["beam.smp"], "cmdline": [here]}
    servers["redis"] = {"comm": ["valkey-server"], "cmdline": [re.escape(context.network.host("redis"))]}
    listening = (Component.CATALOG, Component.ORDERS, Component.PAYMENTS)
    services = {service.value: {"cmdline": [_network_of(context, service)]} for service in listening}
    software = re.escape(str(context.software.venv))
    services["storefront"] = {"cmdline": [software, r"server\.js"]}
    services["mailer"] = {"cmdline": [software, "worker --hostname mailer-"]}
    return {"process_names": [{"name": name, **match} for name, match in (servers | services).items()]}


def _network_of(context: LabContext, service: Component) -> str:
    """A pattern of the addresses of all instances."""
    return re.escape(context.network.instance(service, 1).rpartition(".")[0] + ".")


def blackbox_modules() -> dict[str, object]:
    """The blackbox exporter's configuration: what a probe does, by module."""
    ipv4 = {"preferred_ip_protocol": "ip4", "ip_protocol_fallback": False}
    return {
        "modules": {
            "http_2xx": {"prober": "http", "timeout": "4s", "http": ipv4},
            "tls_connect": {
                "prober": "tcp",
                "timeout": "3s",
                "tcp": {
                    **ipv4,
                    "tls": True,
                    # Callers verify; this probe only reads until when the certificate is valid.
                    "tls_config": {"insecure_skip_verify": True},
                },
            },
            "dns_edge": {
                "prober": "dns",
                "timeout": "3s",
                "dns": {**ipv4, "query_name": f"edge.{DOMAIN}", "query_type": "A"},
            },
        }
    }
