import asyncio
from pathlib import Path

import httpx

from lab.context import LabContext
from lab.part import get
from lab.programs import RABBITMQ
from lab.topology import DOMAIN, PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child

EPMD = Path("/usr/bin/epmd")
_EPMD_PORTS, _DIST_PORTS = 20_000, 21_000
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = 1


class ErlangPortMapper:
    """epmd. RabbitMQ would start one as a daemon that outlives it."""

    name = "epmd"

    def __init__(self, context: LabContext) -> None:
        self._context = context
        self._port = _EPMD_PORTS + context.network.number

    def prepare(self) -> None:
        """Needs no files."""

    def child(self) -> Child:
        """The process, in the foreground."""
        host = self._context.network.host("rabbitmq")
        return self._context.child(self.name, [str(EPMD), "-address", host, "-port", str(self._port)])

    async def ready(self) -> None:
        """Returns when it takes connections."""
        await answers(self.name, self._connect, (OSError,), self._context.log(self.name))

    async def _connect(self) -> None:
        _, writer = await asyncio.open_connection(self._context.network.host("rabbitmq"), self._port)
        writer.close()


class RabbitBroker:
    """RabbitMQ with its Prometheus plugin, with metrics for each queue."""

    name = "rabbitmq"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def configuration(self) -> str:
        """The content of rabbitmq.conf."""
        host = self._context.network.host("rabbitmq")
        settings = {
            "listeners.tcp.1": f"{host}:{PORTS['rabbitmq']}",
            "prometheus.tcp.ip": host,
            "prometheus.tcp.port": PORTS["rabbitmq-metrics"],
            "prometheus.return_per_object_metrics": "true",
            "default_user": "guest",
            "default_pass": "guest",
            "loopback_users": "none",
            "vm_memory_high_watermark.absolute": "256MB",
            "disk_free_limit.absolute": "50MB",
            "collect_statistics_interval": 5000,
            "log.console": "true",
            "log.console.level": "info",
            "log.file": "false",
        }
        return "".join(f"{name} = {value}\n" for name, value in settings.items())

    def environment(self) -> dict[str, str]:
        """Everything that RabbitMQ's scripts and `rabbitmqctl` need to use this node and no other."""
        home = self._context.home(self.name)
        number, host = self._context.network.number, self._context.network.host("rabbitmq")
        interface = host.replace(".", ",")
        quiet = "+sbwt none +sbwtdcpu none +sbwtdio none"
        return {
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"rabbit@rabbitmq.{DOMAIN}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(_DIST_PORTS + number),
            "RABBITMQ_IO_THREAD_POOL_SIZE": "8",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"+S 2:2 +SDcpu 1:1 +SDio 2 {quiet} +MBas ageffcbf +MHas ageffcbf"
                f" -kernel inet_dist_use_interface {{{interface}}}"
            ),
            "RABBITMQ_LOG": "info,-color",
            "RUNNING_UNDER_SYSTEMD": "true",  # its script executes the virtual machine and is gone
            "RABBITMQ_CTL_ERL_ARGS": f"+S 1:1 {quiet}",
            "ERL_EPMD_ADDRESS": host,
            "ERL_EPMD_PORT": str(_EPMD_PORTS + number),
            "ERL_CRASH_DUMP_SECONDS": "0",
        }

    def prepare(self) -> None:
        """Writes the configuration."""
        home = self._context.home(self.name)
        (home / "rabbitmq.conf").write_text(self.configuration())
        (home / "enabled_plugins").write_text("[rabbitmq_management_agent,rabbitmq_prometheus].\n")

    def child(self) -> Child:
        """The broker."""
        return self._context.child(self.name, [str(RABBITMQ.path)], self.environment(), grace_s=4)

    async def ready(self) -> None:
        """Returns when it speaks AMQP and shows metrics."""
        log = self._context.log(self.name)
        await answers(self.name, self._greet, (OSError, ValueError, EOFError), log)
        url = f"http://{self._context.network.host('rabbitmq')}:{PORTS['rabbitmq-metrics']}/metrics"
        await answers(self.name, lambda: get(url), (httpx.HTTPError,), log)

    async def _greet(self) -> None:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(
                self._context.network.host("rabbitmq"), PORTS["rabbitmq"]
            )
            try:
                writer.write(_PROTOCOL_HEADER)
                first = await reader.readexactly(1)
            finally:
                writer.close()
        if first[0] != _METHOD_FRAME:
            raise ValueError(f"RabbitMQ answered {first!r} instead of a method frame")
