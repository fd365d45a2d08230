"""The Python software beside the services: the bank, the mailer's metrics, and the load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab.context import LabContext
from lab.part import get
from lab.topology import DOMAIN, PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child
from runtime.local_settings import ROOT

BANK = ROOT / "lab" / "services" / "bank"
LOAD = ROOT / "lab" / "load"


@dataclass(frozen=True)
class PythonPart:
    """A program of the lab's virtual environment. `url` answers with a success when it is ready."""

    context: LabContext
    name: str
    argv: Sequence[str | Path]
    url: str
    cwd: Path
    env: Mapping[str, str]

    def prepare(self) -> None:
        """Needs no files."""

    def child(self) -> Child:
        """The process."""
        return self.context.child(
            self.name, self.argv, {**self.context.python_env, **self.env}, cwd=self.cwd, grace_s=8
        )

    async def ready(self) -> None:
        """Returns when it answers over HTTP."""
        await answers(self.name, lambda: get(self.url), (httpx.HTTPError,), self.context.log(self.name))


def bank(context: LabContext) -> PythonPart:
    """The third party that payments calls."""
    host, port = context.network.host("bank"), PORTS["bank"]
    env = {"HOST": host, "PORT": str(port), "INSTANCE": "bank"}
    return PythonPart(context, "bank", [BANK / "start"], f"http://{host}:{port}/healthz", BANK, env)


def flower(context: LabContext) -> PythonPart:
    """Flower: the mailer's metrics from Celery's events."""
    host, port = context.network.host("celery"), PORTS["celery"]
    broker = f"amqp://guest:guest@rabbitmq.{DOMAIN}:{PORTS['rabbitmq']}//"
    argv: list[str | Path] = [
        *(context.software.program("celery"), f"--broker={broker}", "flower"),
        *(f"--address={host}", f"--port={port}", "--inspect_timeout=1000", "--max_tasks=500"),
    ]
    home = context.home("flower")
    return PythonPart(context, "flower", argv, f"http://{host}:{port}/metrics", home, {})
