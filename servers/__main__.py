"""`python -m servers analyze|propose`: one of the engines behind its HTTP contract, for other programs."""

import sys

import uvicorn
from fastapi import FastAPI

from runtime.engine_settings import AnalyzeSettings, EngineSettings, ProposeSettings
from runtime.logging import configure
from runtime.setting_types import named
from runtime.settings import load


def main(arguments: list[str]) -> int:
    """Serves until a signal stops it. Exit code 2: no such engine; 1: a wrong setting; each with one line."""
    settings: EngineSettings
    match arguments:
        case ["analyze"]:
            from servers.analyze import create_app

            settings = load(AnalyzeSettings)
            app = create_app()
        case ["propose"]:
            settings = load(ProposeSettings)
            app = _propose(settings)
        case _:
            sys.stderr.write("Which engine? One of: analyze, propose\n")
            return 2
    configure(settings.log_level, settings.log_format, arguments[0])
    uvicorn.run(
        app,
        host=settings.engine_host,
        port=settings.engine_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16 * 1024,
    )
    return 0


def _propose(settings: ProposeSettings) -> FastAPI:
    from servers.approval_store import GatewayApprovalStore
    from servers.propose import create_app

    read = settings.policy_file.read_text
    try:
        if settings.approval_book is None or settings.approval_keys is None:
            return create_app(read)
        keys = {key: name for name, key in named(settings.approval_keys).items()}
        return create_app(read, GatewayApprovalStore(str(settings.approval_book)), keys)
    except ValueError as error:
        raise SystemExit(f"Settings: POLICY_FILE: it cannot be read: {error}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
