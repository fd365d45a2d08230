import asyncio
import json
import signal
import sys
from typing import Final

import aiohttp
from aiohttp import web
from prometheus_client import disable_created_metrics

from demo.shop.connection_pool import POOL_SIZE, ConnectionPool
from demo.shop.defects import Leak
from demo.shop.handling import RequestHandler
from demo.shop.instruments import Instruments
from demo.shop.log_writer import LogWriter
from demo.shop.noise import Noise
from demo.shop.outgoing import LedgerClient, OutgoingCall, ProviderClient, ServiceClient
from demo.shop.replica_spec import ReplicaSpec
from demo.shop.spans import SpanWriter
from demo.shop.topology import ServiceDesign, design_of

HOST: Final = "127.0.0.1"
DRAIN_SECONDS: Final = 5.0


class ServiceListener:
    """The replica's listener on the service's shared port."""

    def __init__(self, app: web.Application, port: int, instruments: Instruments) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        self._port = port
        self._instruments = instruments
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        """Starts listening; the kernel balances connections over all listeners of the port."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, HOST, self._port, reuse_port=True)
        await self._site.start()

    async def drain(self) -> None:
        """Stops listening, and waits at most five seconds until the accepted requests are answered."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()
        await asyncio.sleep(0.05)  # for accepted connections whose request has not arrived yet
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._instruments.in_flight:  # noqa: ASYNC110  a plain counter, polled once per drain
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass

    async def close(self) -> None:
        """Closes the remaining connections."""
        await self._runner.cleanup()


async def serve(spec: ReplicaSpec) -> None:
    """Serves until it is drained, gets SIGTERM, or its standard input ends."""
    # One more series per counter and histogram, which no query reads.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # of the library
    instruments = Instruments(POOL_SIZE, provider=spec.provider_url is not None)
    pool = ConnectionPool(instruments)
    leak, noise, spans = Leak(), Noise(), SpanWriter(spec.service)
    pool.hold(spec.injected.hold_seconds)
    noise.begin(spec.injected.noise_bytes)
    design = design_of(spec.service)
    ended = asyncio.Event()
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
        outgoing = _outgoing(spec, design, client, pool, instruments, spans)
        handler = RequestHandler(
            design,
            defect=spec.defect,
            leak=leak,
            outgoing=outgoing,
            instruments=instruments,
            log=LogWriter(spec),
            spans=spans,
        )
        handler.fail_requests(spec.injected.failing_share)
        app = web.Application()
        app.router.add_post(design.route, handler.handle)
        listener = ServiceListener(app, spec.port, instruments)
        await listener.open()
        admin = await _open_admin(listener, instruments, ended)
        sys.stdout.write(json.dumps({"adminPort": admin.addresses[0][1]}) + "\n")
        sys.stdout.flush()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        tasks = [
            asyncio.create_task(_follow_commands(leak, pool, noise, handler, ended)),
            asyncio.create_task(noise.run()),
        ]
        await ended.wait()
        for task in tasks:
            task.cancel()
        await listener.close()
        await admin.cleanup()


def _outgoing(
    spec: ReplicaSpec,
    design: ServiceDesign,
    client: aiohttp.ClientSession,
    pool: ConnectionPool,
    instruments: Instruments,
    spans: SpanWriter,
) -> OutgoingCall:
    """The calls of this service: to the next one, or to its ledger, or to a provider and then its ledger."""
    if spec.callee_url is not None:
        return ServiceClient(design.calls or "", spec.callee_url, client, pool, spans)
    ledger = LedgerClient(pool)
    if spec.provider_url is None or instruments.provider is None:
        return ledger
    return ProviderClient(spec.provider_url, client, instruments.provider, ledger, spans)


async def _open_admin(
    listener: ServiceListener, instruments: Instruments, ended: asyncio.Event
) -> web.AppRunner:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=instruments.exposition())

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def drain(_: web.Request) -> web.Response:
        await listener.drain()
        # The response has the last counts: no request is lost between two scrapes.
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


async def _follow_commands(
    leak: Leak, pool: ConnectionPool, noise: Noise, handler: RequestHandler, ended: asyncio.Event
) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        match json.loads(line):
            case {"leakBytesPerRequest": number}:
                leak.begin(int(number))
            case {"holdSeconds": seconds}:
                pool.hold(float(seconds))
            case {"failingShare": share}:
                handler.fail_requests(float(share))
            case {"noiseBytes": number}:
                noise.begin(int(number))
    ended.set()
