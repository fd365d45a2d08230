"""`python -m workers missions|browser|actions`: three processes with three sets of credentials."""

import asyncio
import sys

from runtime.ending import end_now
from runtime.settings import ActionsSettings, BrowserSettings, MissionsSettings, load
from runtime.starting import start_logging
from workers.running import serve


def main(arguments: list[str]) -> int:
    """Exit code 2 with one line where the kind is wrong, 1 where a setting is.

    Each kind imports only its own wiring: what a process does not load it cannot use.
    """
    settings: MissionsSettings | BrowserSettings | ActionsSettings
    match arguments:
        case ["missions"]:
            from workers.missions import missions_worker

            settings = load(MissionsSettings)
            building = missions_worker(settings)
        case ["browser"]:
            from workers.browser import browser_worker

            settings = load(BrowserSettings)
            building = browser_worker(settings)
        case ["actions"]:
            from workers.actions import actions_worker

            settings = load(ActionsSettings)
            building = actions_worker(settings)
        case _:
            sys.stderr.write("Which worker? One of: missions, browser, actions\n")
            return 2
    start_logging(settings, arguments[0])
    asyncio.run(serve(building))
    return 0


if __name__ == "__main__":
    end_now(main(sys.argv[1:]))
