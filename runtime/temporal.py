from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError

from missions.errors import UnavailableError
from runtime.sandbox import strict_runner

STICKY = timedelta(seconds=2)
"""A killed worker's missions go on after this long; the default of 10 s is felt."""

THROTTLE = timedelta(seconds=1)
"""Heartbeats are sent at most this often; a cancellation arrives with their answer."""


def plugin() -> SimplePlugin:
    """The one way in which API, workers, tests and Replayer read payloads and run workflows."""
    return SimplePlugin("ops-agent", data_converter=pydantic_data_converter, workflow_runner=strict_runner())


async def connect(address: str, namespace: str) -> Client:
    """A client of the Temporal server; raises UnavailableError where it does not answer."""
    try:
        return await Client.connect(address, namespace=namespace, plugins=[plugin()])
    except (RPCError, RuntimeError) as error:
        raise UnavailableError(f"Temporal at {address} does not answer.") from error


async def connect_lazily(address: str, namespace: str) -> Client:
    """A client that connects with its first call: the API starts and answers with Temporal down."""
    return await Client.connect(address, namespace=namespace, plugins=[plugin()], lazy=True)
