"""`python -m api`: the API process."""

import asyncio
import contextlib
import sys

import uvicorn

from api.application import create_app
from api.deadlines import DeadlinedProtocol
from runtime.ending import FAILURE_S, end_within
from runtime.process_settings import ApiSettings
from runtime.settings import load
from runtime.starting import start_logging
from runtime.watchdog import watched


def main() -> int:
    """Serves until SIGTERM or SIGINT. Exit code 1 where it cannot start, or a background loop ended.

    A stalled event loop ends the process as well; see `runtime.watchdog`.
    """
    settings = load(ApiSettings)
    start_logging(settings, "api")
    failed = False

    def fail() -> None:
        nonlocal failed
        failed = server.should_exit = server.force_exit = True
        end_within(FAILURE_S, 1)

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, on_loop_failure=fail),
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # TRUSTED_PROXIES says which proxies to believe
            http=DeadlinedProtocol,
            timeout_graceful_shutdown=10,
            timeout_keep_alive=15,
            h11_max_incomplete_event_size=16 * 1024,
            ws_max_size=16 * 1024,
        )
    )
    # As `server.run` does, with the watchdog. SIGINT raises KeyboardInterrupt after uvicorn has handled it.
    runner = asyncio.Runner(loop_factory=server.config.get_loop_factory())
    with contextlib.suppress(KeyboardInterrupt), runner:
        runner.run(watched(server.serve()))
    return 1 if failed or not server.started else 0


if __name__ == "__main__":
    sys.exit(main())
