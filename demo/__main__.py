"""`python -m demo` breaks the shop, runs one mission and checks it; with `up` it starts all and stays."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from demo.driver import Demo
from runtime.local.chromium import NoChromiumError
from runtime.local.lock import DataInUseError
from runtime.local.polling import NotReadyError
from runtime.local.processes import ChildDiedError
from runtime.settings import DemoSettings, load


def main(arguments: list[str]) -> int:
    """0: right. 1: wrong, or it could not run, with one line that says why."""
    console = Console(stderr=False)
    settings = load(DemoSettings)
    demo = Demo(settings, console)
    try:
        return asyncio.run(_stoppable(demo.stay() if arguments == ["up"] else demo.once()))
    except (DataInUseError, ChildDiedError, NotReadyError, NoChromiumError, ApiError, ValueError) as error:
        console.print(f"[red]{error}[/]", highlight=False)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        return 130


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it in order, as Ctrl-C does."""
    running = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a text file
    sys.exit(main(sys.argv[1:]))
