"""What the commands that use the API have in common."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import ApiClient
from runtime.local_settings import CliSettings
from runtime.settings import load

Data = Annotated[Path | None, typer.Option(help="The local stack's data directory.")]
Who = Annotated[str, typer.Option("--as", help="One of the local stack's people.")]


def client_of(data: Path | None, who: str) -> ApiClient:
    """The client of one of the local stack's people. Raises ApiError."""
    return ApiClient.local(data or load(CliSettings).ops_agent_data, who)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs a command's work to its end."""
    asyncio.run(work)
