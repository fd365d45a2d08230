import asyncio
import contextlib
from functools import partial

import httpx

from lab.operations.tool.supervisord import Supervisord
from lab.platform import Lab
from lab.topology import SERVICE_PORT, Component
from runtime.local.polling import answers


def instance_url(lab: Lab, service: Component, path: str, instance: int = 1) -> str:
    """The address of a path at one instance of a service."""
    scheme = "https" if service is Component.PAYMENTS else "http"
    return f"{scheme}://{lab.network.instance(service, instance)}:{SERVICE_PORT}{path}"


async def replace_instances(lab: Lab, service: Component) -> None:
    """Stops and starts the instances of a service with a port, one after the other. NotReadyError.

    Operators did not do it: the record of changes has nothing of it.
    """
    replicas = int((await lab.operations.state(service))["replicas"])
    with contextlib.closing(Supervisord(lab.operations.layout.supervisord_socket)) as supervisord:
        for number in range(1, replicas + 1):
            name = f"{service}-{number}"
            await asyncio.to_thread(supervisord.stop, name)
            await asyncio.to_thread(supervisord.start, name)
            probe = partial(_get, instance_url(lab, service, "/healthz", number))
            await answers(name, probe, (httpx.HTTPError,), lab.log(name))


async def _get(url: str) -> None:
    async with httpx.AsyncClient(timeout=5, trust_env=False, verify=False) as client:  # noqa: S501  own server
        (await client.get(url)).raise_for_status()
