"""`python -m lab.faults.proxy NUMBER` forwards every link of the lab with this network number.

GET /links shows all of them, DELETE /links makes all of them normal, PUT /links/NAME replaces the toxics of
one, POST /links/NAME/reset resets its open connections.
"""

import asyncio
import signal
import sys

from aiohttp import web
from pydantic import ValidationError

from lab.faults.proxy_link import ProxyLink
from lab.faults.proxy_toxics import LinkToxics
from lab.topology import LINKS, PORTS, LabNetwork

JSON = "application/json"


class FaultProxy:
    """All links and the HTTP API that controls them."""

    def __init__(self, links: list[ProxyLink], address: tuple[str, int]) -> None:
        self._links = {link.name: link for link in links}
        self._address = address
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens on every link, then on the API. OSError if an address is in use."""
        for link in self._links.values():
            await link.listen()
        app = web.Application()
        app.add_routes(
            [
                web.get("/links", self._show),
                web.delete("/links", self._clear),
                web.put("/links/{name}", self._set),
                web.post("/links/{name}/reset", self._reset),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address).start()

    async def stop(self) -> None:
        """Closes the API and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
        for link in self._links.values():
            link.close()
            link.reset()

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response({name: link.status().model_dump() for name, link in self._links.items()})

    async def _clear(self, _: web.Request) -> web.Response:
        for link in self._links.values():
            await link.set(LinkToxics())
        return web.Response(status=204)

    async def _set(self, request: web.Request) -> web.Response:
        link = self._link(request)
        try:
            toxics = LinkToxics.model_validate_json(await request.text())
        except ValidationError as error:
            raise web.HTTPUnprocessableEntity(text=error.json(), content_type=JSON) from None
        await link.set(toxics)
        return web.json_response(link.status().model_dump())

    async def _reset(self, request: web.Request) -> web.Response:
        return web.json_response({"reset": self._link(request).reset()})

    def _link(self, request: web.Request) -> ProxyLink:
        link = self._links.get(request.match_info["name"])
        if link is None:
            raise web.HTTPNotFound(text="There is no such link.")
        return link


def lab_proxy(network: LabNetwork) -> FaultProxy:
    """The proxy of a lab's links, with its API at host `faults`."""
    links = [
        ProxyLink(
            link.name,
            (network.link(link), link.port),
            (network.host(link.callee), PORTS[link.callee]),
            network.number,
        )
        for link in LINKS
    ]
    return FaultProxy(links, (network.host("faults"), PORTS["faults"]))


async def _serve(network: LabNetwork) -> None:
    proxy, stopped = lab_proxy(network), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await proxy.start()
    try:
        await stopped.wait()
    finally:
        await proxy.stop()


if __name__ == "__main__":
    asyncio.run(_serve(LabNetwork(int(sys.argv[1]))))
