import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from demo.shop.connection_pool import NoConnectionError
from demo.shop.defects import Leak, MemoryPressure, crashes, delay_seconds
from demo.shop.faults import Defect
from demo.shop.instruments import MEMORY_LIMIT_BYTES, SERVER_ERROR, Instruments
from demo.shop.log_writer import Level, LogWriter
from demo.shop.outgoing import CalleeFailedError, CalleeTimeoutError, OutgoingCall
from demo.shop.spans import SERVER, SpanContext, SpanWriter
from demo.shop.topology import ServiceDesign

BACKGROUND_ERRORS: Final = 0.0007  # in each of three services: about 0.2 % at the first one
INFO_SAMPLE: Final = 0.05
HARMLESS_WARNINGS: Final = 0.002
SLOW_SECONDS: Final = 1.0
NOTABLE_PAUSE_SECONDS: Final = 0.15

_MIB: Final = 1024 * 1024
_HARMLESS: Final = (
    "stale exchange rate refreshed on demand",
    "retried cache read after 1 miss",
    "deprecated field `coupon` ignored",
)


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """The status of a request, and its log line."""

    status: int
    level: Level = "info"
    message: str = ""


class RequestHandler:
    """Handles the one route of a service: a few milliseconds of work, then the call downstream."""

    def __init__(
        self,
        design: ServiceDesign,
        *,
        defect: Defect | None,
        leak: Leak,
        outgoing: OutgoingCall,
        instruments: Instruments,
        log: LogWriter,
        spans: SpanWriter,
    ) -> None:
        self._design = design
        self._defect = defect
        self._leak = leak
        self._outgoing = outgoing
        self._instruments = instruments
        self._log = log
        self._spans = spans
        self._failing_share = 0.0

    def fail_requests(self, share: float) -> None:
        """From now on this share of requests fails, as if no build could read their data."""
        self._failing_share = share

    async def handle(self, request: web.Request) -> web.Response:
        """200, or 500, 502, 503, 504 with the reason in the log."""
        started = time.perf_counter()
        context = SpanContext.of_header(request.headers.get("traceparent", ""))
        trace_id = context.trace_id
        self._instruments.in_flight += 1
        try:
            with self._spans.span(context, f"POST {self._design.route}", SERVER) as result:
                outcome = await self._answer(context)
                result.status, result.failed = outcome.status, outcome.status >= SERVER_ERROR
        finally:
            self._instruments.in_flight -= 1
        seconds = time.perf_counter() - started
        self._instruments.observe(outcome.status, seconds)
        self._report(outcome, trace_id, seconds)
        return web.json_response({"status": outcome.status, "traceId": trace_id}, status=outcome.status)

    async def _answer(self, context: SpanContext) -> RequestOutcome:
        await self._work()
        pressure = self._leak.grow()
        if pressure is not None:
            refusal = await self._apply_pressure(pressure, context.trace_id)
            if refusal is not None:
                return refusal
        await asyncio.sleep(delay_seconds(self._defect))
        request_line = f"POST {self._design.route}"
        if crashes(self._defect):
            return RequestOutcome(
                500, "error", f"unhandled exception in {request_line}: {self._design.crash_text}"
            )
        if random.random() < self._failing_share:
            return RequestOutcome(
                500, "error", f"unhandled exception in {request_line}: ValueError: unknown price list"
            )
        if random.random() < BACKGROUND_ERRORS:
            return RequestOutcome(
                500, "error", f"unhandled exception in {request_line}: ValueError: malformed postcode"
            )
        callee = self._design.calls or self._design.provider
        try:
            await self._outgoing.call(context)
        except NoConnectionError as error:
            return RequestOutcome(503, "error", f"no free connection: {error}")
        except CalleeTimeoutError as error:
            return RequestOutcome(504, "error", f"upstream timeout: {callee} {error}")
        except CalleeFailedError as error:
            return RequestOutcome(502, "error", f"upstream error: {callee} {error}")
        return RequestOutcome(200, "info", f"{request_line} done")

    async def _work(self) -> None:
        await asyncio.sleep(self._design.work_seconds * random.uniform(0.6, 1.6))
        sum(number * number for number in range(1500))

    async def _apply_pressure(self, pressure: MemoryPressure, trace_id: str) -> RequestOutcome | None:
        used, limit = pressure.used_bytes / _MIB, MEMORY_LIMIT_BYTES / _MIB
        if pressure.refuse:
            text = f"memory nearly exhausted: {used:.1f} MiB of {limit:.0f} MiB in use, request refused"
            return RequestOutcome(503, "error", text)
        await asyncio.sleep(pressure.pause_seconds)
        if pressure.pause_seconds >= NOTABLE_PAUSE_SECONDS and random.random() < 0.3:  # noqa: PLR2004  sampled
            text = f"garbage collection paused the process for {pressure.pause_seconds * 1000:.0f} ms"
            self._log.write("warn", f"{text}, {used:.1f} MiB of {limit:.0f} MiB in use", trace_id=trace_id)
        return None

    def _report(self, outcome: RequestOutcome, trace_id: str, seconds: float) -> None:
        level, message = outcome.level, outcome.message
        if level == "info":
            if seconds >= SLOW_SECONDS:
                level, message = "warn", f"slow request: {message} after {seconds:.2f} s"
            elif random.random() < HARMLESS_WARNINGS:
                level, message = "warn", random.choice(_HARMLESS)
            elif random.random() >= INFO_SAMPLE:
                return
        self._log.write(level, message, trace_id=trace_id, status=outcome.status, seconds=seconds)
