"""`python -m api`: the API process."""

import uvicorn

from api.application import create_app
from api.deadlines import DeadlinedProtocol
from runtime.settings import ApiSettings, load
from runtime.starting import start_logging


def main() -> None:
    """Serves until it is told to stop."""
    settings = load(ApiSettings)
    start_logging(settings, "api")
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # TRUSTED_PROXIES says whom to believe
        http=DeadlinedProtocol,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=16 * 1024,
        ws_max_size=16 * 1024,
    )


if __name__ == "__main__":
    main()
