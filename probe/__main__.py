"""`python -m probe` attacks a running product of its own from outside, and prints what held.

The last line is a JSON object with `violations`; the exit code is 0 only if there are none.
"""

import asyncio
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from probe.checks import NEEDED, Checklist
from probe.running import ProbedStack, machine
from probe.scenario import probe
from runtime.local_settings import CliSettings
from runtime.settings import load

LONGEST_S = 20 * 60.0
WIDTH = 180
"""Characters of a line in a file."""


async def main(rows: list[str]) -> int:
    """Exit code 1 with a violation. Logs of such a run stay, and their place is printed.

    `rows`: ids of docs/security.md whose parts run; none for all.
    """
    settings, console = load(CliSettings), Console(width=None if sys.stdout.isatty() else WIDTH)
    if (running := asyncio.current_task()) is not None:  # stops the stack on SIGTERM as Ctrl-C does
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    checks, began = Checklist(console, frozenset(rows)), time.monotonic()
    data = Path(tempfile.mkdtemp(prefix="ops-agent-probe-"))
    console.print(f"make probe on {machine()}", style="dim", highlight=False)

    def progress(line: str) -> None:
        console.print(line, style="dim", highlight=False, markup=False)

    async def attack() -> None:
        started = ProbedStack.start(data, settings.chromium, settings.ops_agent_data, progress)
        async with started as stack:
            await probe(stack, checks)

    try:
        await checks.run(NEEDED, "the whole probe", LONGEST_S, attack())
    finally:
        console.print(checks.table())
        if checks.violations:
            kept = settings.ops_agent_data / "probe-logs"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(data / "logs", kept, dirs_exist_ok=True)
            console.print(f"The logs are in {kept}", highlight=False, soft_wrap=True)
        shutil.rmtree(data, ignore_errors=True)
    print(checks.last_line(time.monotonic() - began))
    return 1 if checks.violations else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # standard output is a text stream
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped")
        sys.exit(130)
