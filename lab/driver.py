import contextlib
from collections.abc import AsyncIterator

from rich.console import Console

from cli.client import ApiClient
from lab.customers import Customers
from lab.dashboards.connectors import connectors
from lab.operations.targets import lab_targets
from lab.platform import Lab
from lab.topology import Component, LabNetwork
from runtime.local.chromium import find_chromium
from runtime.local.stack import LocalStack
from runtime.local.state import StackState
from runtime.local_settings import LabSettings
from runtime.topology import ORG


class LabRun:
    """The lab and, beside it, the product, which knows the lab's dashboards and operators only."""

    def __init__(self, settings: LabSettings, console: Console) -> None:
        self.settings = settings
        self._console = console
        home = settings.ops_agent_data
        self.data = home / "lab" / f"product-{settings.network}"
        """The product's own data: the demo's dashboards are not those of the lab."""
        self._chromium = find_chromium(settings.chromium, home / "chromium").path

    @contextlib.asynccontextmanager
    async def running(
        self, components: frozenset[Component] | None = None
    ) -> AsyncIterator[tuple[Lab, StackState]]:
        """Starts everything, and stops it at the exit. `components`: only these and what they need."""
        settings = self.settings
        stack = LocalStack(self.data, self.print, self._chromium)
        try:
            lab = Lab(settings.ops_agent_data, LabNetwork(settings.network), self.print, components)
            async with lab.running():
                self.print("the lab runs, with its customers")
                state = await stack.start(lab_targets(lab.operations, ORG))
                await self._register(lab)
                yield lab, state
        finally:
            await stack.stop()

    def customers(self, lab: Lab) -> Customers:
        """What the lab's customers see."""
        return Customers(lab.log("locust"))

    def print(self, line: str) -> None:
        """A line of progress."""
        self._console.print(line, style="dim", highlight=False, markup=False, soft_wrap=True)

    async def _register(self, lab: Lab) -> None:
        async with ApiClient.local(self.data, "approver") as admin:
            for body in connectors(lab.prometheus_url, lab.alertmanager_url, lab.components):
                await admin.send("POST", "/api/dashboards", body)
