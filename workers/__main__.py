"""`python -m workers missions|browser|actions`: three processes with three sets of credentials."""

import asyncio
import sys
from functools import partial

from runtime.ending import end_now
from runtime.process_settings import ActionsSettings, BrowserSettings, MissionsSettings
from runtime.settings import load
from runtime.starting import start_logging
from runtime.watchdog import watched
from workers.running import serve


def main(arguments: list[str]) -> int:
    """Runs one worker. Exit code 2, with one line, for an unknown kind; 1 for a wrong setting or a failure.

    Each kind imports only its own wiring: a process cannot use code that it has not loaded.
    """
    settings: MissionsSettings | BrowserSettings | ActionsSettings
    match arguments:
        case ["missions"]:
            from workers.missions import missions_worker

            settings = load(MissionsSettings)
            wire = partial(missions_worker, settings)
        case ["browser"]:
            from workers.browser import browser_worker

            settings = load(BrowserSettings)
            wire = partial(browser_worker, settings)
        case ["actions"]:
            from workers.actions import actions_worker

            settings = load(ActionsSettings)
            wire = partial(actions_worker, settings)
        case _:
            sys.stderr.write("Which worker? One of: missions, browser, actions\n")
            return 2
    start_logging(settings, arguments[0])
    return asyncio.run(watched(serve(wire)))


if __name__ == "__main__":
    end_now(main(sys.argv[1:]))
