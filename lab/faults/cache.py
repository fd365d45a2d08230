"""Valkey: flushed again and again, too small, or full and without eviction."""

import asyncio
import contextlib
from collections.abc import Mapping

import redis.asyncio
from redis.exceptions import RedisError

from lab.faults.background import Background
from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.measures import WINDOW_S, value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import PORTS, Component
from missions.plan import ActionKind

MISSED = 0.3
"""Usually one read in six finds nothing."""
RESTART_CACHE = LabAction(ActionKind.RESTART, Component.VALKEY)


class CacheFault(Fault):
    """A fault of Valkey."""

    family = Family.CACHE
    incident_types: tuple[IncidentType, ...] = (IncidentType.CACHE, IncidentType.RESOURCE_EXHAUSTION)

    def draw(self) -> None:
        """The component is Valkey."""
        self.component = Component.VALKEY
        self.accepted = names_of(self.component)


class FlushedCache(CacheFault):
    """A job empties the cache again and again."""

    kind = "cache-flushed"
    incident_types = (IncidentType.CACHE, IncidentType.LATENCY_DEGRADATION)
    job: Background | None = None

    def draw(self) -> None:
        """Draws the interval."""
        super().draw()
        self.every_s = self.random.choice((0.5, 1.0, 2.0))
        self.strength = 1 / self.every_s
        self.detail = f"FLUSHALL every {self.every_s:g} s"
        self.does_not_help = (RESTART_CACHE, LabAction(ActionKind.RESTART, Component.CATALOG))
        self.prompts = SLOW[Journey.EVERYTHING]

    async def _inject(self, lab: Lab) -> None:
        self.job = Background(self._flush(lab))

    async def _flush(self, lab: Lab) -> None:
        while True:
            async with cache(lab) as client:
                with contextlib.suppress(RedisError):
                    await client.flushall()
            await asyncio.sleep(self.every_s)

    async def _lift(self, lab: Lab) -> None:
        if self.job is not None:
            await self.job.stop()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The part of reads that find nothing, and the flushes, as Valkey counts them."""
        missed = await _missed(lab)
        flushes = await value(lab, f'sum(rate(redis_commands_total{{cmd="flushall"}}[{WINDOW_S}s]))')
        if since.age < WINDOW_S or not flushes or missed < MISSED:
            return None
        return f"{flushes:.2f} flushes in a second; {missed:.0%} of reads find nothing"


class SmallCache(CacheFault):
    """The memory limit is so small that keys are evicted before they are read."""

    kind = "cache-evictions"

    def draw(self) -> None:
        """Draws the limit. A restart brings the configured one back."""
        super().draw()
        self.spare_kib = self.random.choice((8, 24))
        self.strength = -self.spare_kib
        self.detail = f"maxmemory {self.spare_kib} KiB above what an empty cache takes"
        self.helps = (RESTART_CACHE,)
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.CATALOG),)
        self.prompts = SLOW[Journey.EVERYTHING]

    async def _inject(self, lab: Lab) -> None:
        async with cache(lab) as client:
            await client.flushall()
            used = int((await client.info("memory"))["used_memory"])
            await client.config_set("maxmemory", used + self.spare_kib * 1024)

    async def _lift(self, lab: Lab) -> None:
        await restore(lab)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The part of reads that find nothing, and the keys that are evicted, as Valkey counts them.

        The keys alone decide nothing: none is evicted while a service that restarts writes none.
        """
        missed = await _missed(lab)
        if since.age < WINDOW_S or missed < MISSED:
            return None
        rate = await value(lab, f"sum(rate(redis_evicted_keys_total[{WINDOW_S}s]))") or 0.0
        return f"{rate:.1f} keys are evicted in a second; {missed:.0%} of reads find nothing"


class FullCache(CacheFault):
    """Full of data that stays, with the policy noeviction: every write is an error."""

    kind = "cache-noeviction"

    def draw(self) -> None:
        """Draws how much data there is. A restart empties the cache and brings the configured policy back."""
        super().draw()
        self.mebibytes = self.random.choice((10, 25))
        self.detail = f"noeviction, full with {self.mebibytes} MiB of an export"
        self.helps = (RESTART_CACHE,)
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.CATALOG),)
        self.prompts = FAILING[Journey.BUY]

    async def _inject(self, lab: Lab) -> None:
        async with cache(lab) as client:
            await client.flushall()
            for key in range(16 * self.mebibytes):
                await client.set(f"export:{key}", b"x" * 64 * 1024)
            used = int((await client.info("memory"))["used_memory"])
            await client.config_set("maxmemory-policy", "noeviction")
            await client.config_set("maxmemory", int(0.95 * used))

    async def _lift(self, lab: Lab) -> None:
        await restore(lab)
        async with cache(lab) as client:
            await client.flushall()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The catalog's own log has Valkey's error."""
        lines = list(
            since.lines(Component.CATALOG, "OOM|OutOfMemoryError|used memory > 'maxmemory'|maxmemory")
        )
        return f"catalog's log, {len(lines)} times: {message(lines[-1])}" if len(lines) > 1 else None


async def _missed(lab: Lab) -> float:
    """The part of reads in the last 15 s that found nothing."""
    hits, misses = (f"sum(rate(redis_keyspace_{name}_total[{WINDOW_S}s]))" for name in ("hits", "misses"))
    return await value(lab, f"{misses} / ({hits} + {misses})") or 0.0


def cache(lab: Lab) -> "redis.asyncio.Redis":
    """A client of Valkey itself, not through the fault proxy."""
    return redis.asyncio.Redis(host=lab.network.host("redis"), port=PORTS["redis"], socket_timeout=5)


async def restore(lab: Lab) -> None:
    """Brings the configured memory limit and policy back."""
    async with cache(lab) as client:
        for name, setting in SETTINGS.items():
            await client.config_set(name, setting)


SETTINGS: Mapping[str, str] = {"maxmemory": "48mb", "maxmemory-policy": "allkeys-lru"}
