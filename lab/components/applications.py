"""The Python software beside the services: the bank, the mailer's metrics, and the load."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab.context import LabContext
from lab.part import get
from lab.topology import DOMAIN, PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child
from runtime.local_settings import ROOT

SERVICES_FOLDER, LOAD = ROOT / "lab" / "services", ROOT / "lab" / "load"
BROKER = f"amqp://guest:guest@rabbitmq.{DOMAIN}:{PORTS['rabbitmq']}//"


@dataclass(frozen=True)
class Application:
    """A program of the lab's virtual environment, started in its own folder."""

    context: LabContext
    name: str
    program: Path
    env: Mapping[str, str]
    probe: Callable[[], Coroutine[object, object, object]]
    """Raises httpx.HTTPError or LookupError until it is ready."""

    def prepare(self) -> None:
        """Needs no files."""

    def child(self) -> Child:
        """The process."""
        env = {**self.context.python_env, **self.env}
        return self.context.child(self.name, [self.program], env, cwd=self.program.parent, grace_s=8)

    async def ready(self) -> None:
        """Returns when its probe succeeds. NotReadyError."""
        await answers(self.name, self.probe, (httpx.HTTPError, LookupError), self.context.log(self.name))


def bank(context: LabContext) -> Application:
    """The third party that payments calls."""
    host, port = context.network.host("bank"), PORTS["bank"]
    env = {"HOST": host, "PORT": str(port), "INSTANCE": "bank"}
    url = f"http://{host}:{port}/healthz"
    return Application(context, "bank", SERVICES_FOLDER / "bank" / "start", env, lambda: get(url))


def flower(context: LabContext) -> Application:
    """Flower: the mailer's metrics from Celery's events."""
    host, port = context.network.host("celery"), PORTS["celery"]
    env = {"HOST": host, "PORT": str(port), "BROKER_URL": BROKER}
    url = f"http://{host}:{port}/metrics"
    return Application(context, "flower", SERVICES_FOLDER / "mailer" / "flower", env, lambda: get(url))


def locust(context: LabContext, plan: Path) -> Application:
    """The customers. `plan` is a JSON file that may change their number."""
    file = (LOAD / "load.env").read_text().splitlines()
    usual = dict(line.split("=", 1) for line in file if "=" in line and not line.startswith("#"))
    env = {**usual, "TARGET": f"http://{context.network.address('edge')}", "LOAD_FILE": str(plan)}
    log = context.log("locust")

    async def report() -> None:
        if '"window"' not in log.read_text(errors="replace"):
            raise LookupError("the load has not reported any page yet")

    return Application(context, "locust", LOAD / "start", env, report)
