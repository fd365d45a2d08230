"""`python -m lab up` runs the lab until a signal; `usage` measures one that runs."""

import asyncio
import signal
import sys
from collections.abc import Coroutine

from lab.platform import Lab
from lab.software import Software
from lab.topology import LabNetwork
from lab.usage import measure, table
from runtime.local.lock import holder
from runtime.local_settings import LabSettings
from runtime.settings import load

USAGE_S = 60.0


async def up(settings: LabSettings) -> int:
    """Starts the whole lab, prints its addresses and runs until a signal stops it."""
    lab = Lab(settings.ops_agent_data, LabNetwork(settings.lab_network), print)
    began = asyncio.get_running_loop().time()
    async with lab.running():
        print(f"the lab runs after {asyncio.get_running_loop().time() - began:.0f} s, with its load")
        print(
            f"Shop             {lab.edge_url}\n"
            f"Prometheus       {lab.prometheus_url}\n"
            f"Alertmanager     {lab.alertmanager_url}\n"
            f"VictoriaMetrics  {lab.victoriametrics_url}/vmui\n"
            f"Logs             {lab.run / 'logs'}"
        )
        await asyncio.Event().wait()
    return 0


def usage(settings: LabSettings) -> int:
    """Prints the memory and CPU of the running lab over a minute."""
    network = LabNetwork(settings.lab_network)
    pid = holder(Software(settings.ops_agent_data).run(network))
    if pid is None:
        print(f"no lab runs on network {network.number}: start one with `make lab-up`")
        return 1
    print(table(measure(pid, USAGE_S)))
    return 0


def main(arguments: list[str]) -> int:
    """Exit code 1 where the lab cannot run, with the reason in one line."""
    settings = load(LabSettings)
    try:
        match arguments:
            case ["up"]:
                return asyncio.run(_stoppable(up(settings)))
            case ["usage"]:
                return usage(settings)
            case _:
                print("commands: up, usage")
                return 2
    except (RuntimeError, OSError) as error:
        print(error)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped")
        return 130


async def _stoppable(work: Coroutine[object, object, int]) -> int:
    """Cancels the work on SIGTERM, as Ctrl-C does."""
    running, loop = asyncio.ensure_future(work), asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGTERM)  # a second signal must not interrupt the cleanup
        running.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    return await running


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # standard output is a text stream
    sys.exit(main(sys.argv[1:]))
