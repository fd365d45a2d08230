import sys
from collections.abc import Mapping

import httpx

from lab.context import LabContext
from lab.faults.proxy_client import Links
from lab.topology import PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child
from runtime.local_settings import ROOT


class FaultProxyPart:
    """The TCP fault proxy, through which every service reaches what it calls."""

    name = "faults"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://{self._context.network.host('faults')}:{PORTS['faults']}"

    def prepare(self) -> None:
        """Needs no files."""

    def child(self) -> Child:
        """The proxy: our own program, in our own environment."""
        argv = [sys.executable, "-m", "lab.faults.proxy", str(self._context.network.number)]
        env: Mapping[str, str] = {"PYTHONDONTWRITEBYTECODE": "1"}
        return self._context.child(self.name, argv, env, cwd=ROOT)

    async def ready(self) -> None:
        """Returns when its API answers."""
        async with Links(self.url) as links:
            await answers(self.name, links.status, (httpx.HTTPError,), self._context.log(self.name))
