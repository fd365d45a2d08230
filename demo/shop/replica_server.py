import asyncio
import json
import signal
import sys
from typing import Final

import aiohttp
from aiohttp import web

from demo.shop.defects import Leak
from demo.shop.handling import RequestHandler
from demo.shop.instruments import Instruments
from demo.shop.log_lines import LogLines
from demo.shop.outgoing import POOL_SIZE, Callee, ConnectionPool, Ledger, Outgoing
from demo.shop.replica_spec import ReplicaSpec
from demo.shop.topology import design_of

HOST: Final = "127.0.0.1"
DRAIN_SECONDS: Final = 5.0


class Door:
    """The replica's listener on the service's shared port, with the drain that closes it."""

    def __init__(self, app: web.Application, port: int, instruments: Instruments) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        self._port = port
        self._instruments = instruments
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        """Starts to listen; the kernel spreads connections over all listeners of the port."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, HOST, self._port, reuse_port=True)
        await self._site.start()

    async def drain(self) -> None:
        """Stops to listen, then waits until what was accepted is answered, at most five seconds."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()
        await asyncio.sleep(0.05)  # accepted connections whose request is still on its way
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._instruments.in_flight:  # noqa: ASYNC110  a counter, seldom waited for
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass

    async def close(self) -> None:
        """Ends what is left."""
        await self._runner.cleanup()


async def serve(spec: ReplicaSpec) -> None:
    """Serves until drained, told to stop, or its standard input ends."""
    instruments = Instruments(POOL_SIZE)
    pool = ConnectionPool(instruments)
    leak = Leak()
    design = design_of(spec.service)
    ended = asyncio.Event()
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
        outgoing: Outgoing = (
            Ledger(pool) if spec.callee_url is None else Callee(spec.callee_url, client, pool)
        )
        handler = RequestHandler(
            design,
            defect=spec.defect,
            leak=leak,
            outgoing=outgoing,
            instruments=instruments,
            log=LogLines(spec),
        )
        app = web.Application()
        app.router.add_post(design.route, handler.handle)
        door = Door(app, spec.port, instruments)
        await door.open()
        admin = await _open_admin(door, instruments, ended)
        sys.stdout.write(json.dumps({"adminPort": admin.addresses[0][1]}) + "\n")
        sys.stdout.flush()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        orders = asyncio.create_task(_follow_orders(leak, ended))
        await ended.wait()
        orders.cancel()
        await door.close()
        await admin.cleanup()


async def _open_admin(door: Door, instruments: Instruments, ended: asyncio.Event) -> web.AppRunner:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=instruments.exposition())

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def drain(_: web.Request) -> web.Response:
        await door.drain()
        # The last count goes with the answer: no request is lost between two scrapes.
        asyncio.get_running_loop().call_later(0.02, ended.set)
        return web.Response(text=instruments.exposition())

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_post("/drain", drain)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    return runner


async def _follow_orders(leak: Leak, ended: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        leak.begin(int(json.loads(line)["leakBytesPerRequest"]))
    ended.set()
