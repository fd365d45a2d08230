"""`python -m lab up` runs the lab until a signal; `usage` measures one that runs."""

import asyncio

from lab.platform import Lab
from lab.software import Software
from lab.topology import LabNetwork
from lab.usage import measure, table
from runtime.local.lock import holder
from runtime.local_settings import LabSettings

USAGE_S = 60.0


async def up(settings: LabSettings) -> int:
    """Starts the whole lab, prints its addresses and runs until a signal stops it."""
    lab = Lab(settings.ops_agent_data, LabNetwork(settings.network), print)
    began = asyncio.get_running_loop().time()
    async with lab.running():
        print(f"the lab runs after {asyncio.get_running_loop().time() - began:.0f} s, with its load")
        print(
            f"Shop             {lab.edge_url}\n"
            f"Prometheus       {lab.prometheus_url}\n"
            f"Alertmanager     {lab.alertmanager_url}\n"
            f"VictoriaMetrics  {lab.victoriametrics_url} (no vmui in Debian)\n"
            f"Logs             {lab.run / 'logs'}"
        )
        await asyncio.Event().wait()
    return 0


async def usage(settings: LabSettings) -> int:
    """Prints the memory and CPU of the running lab over a minute."""
    network = LabNetwork(settings.network)
    pid = holder(Software(settings.ops_agent_data).run(network))
    if pid is None:
        print(f"no lab runs on network {network.number}: start one with `make lab-up`")
        return 1
    print(table(await asyncio.to_thread(measure, pid, USAGE_S)))
    return 0
