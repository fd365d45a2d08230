"""`python -m workers missions|browser|actions`: three processes with three sets of credentials."""

import asyncio
import sys
from functools import partial

from runtime.logging import configure
from runtime.settings import ActionsSettings, BrowserSettings, MissionsSettings, load
from workers.actions import actions_worker
from workers.browser import browser_worker
from workers.missions import missions_worker
from workers.running import serve

KINDS = {
    "missions": (MissionsSettings, missions_worker),
    "browser": (BrowserSettings, browser_worker),
    "actions": (ActionsSettings, actions_worker),
}


def main(arguments: list[str]) -> int:
    """Exit code 2 with one line where the kind is wrong, 1 where a setting is."""
    if len(arguments) != 1 or arguments[0] not in KINDS:
        sys.stderr.write(f"Which worker? One of: {', '.join(KINDS)}\n")
        return 2
    read, build = KINDS[arguments[0]]
    settings = load(read)
    configure(settings.log_level, settings.log_format, arguments[0])
    asyncio.run(serve(partial(build, settings)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
