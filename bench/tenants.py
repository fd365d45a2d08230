"""The cost of 200 organizations: founding one, and a request, relative to a database with only one.

`NAME="tenants 20"` founds 20. The slowest must take under 1 s, and a request at most 10 % more (`ratio`).
"""

import asyncio
import json
import sys
from dataclasses import replace
from statistics import median, quantiles
from time import perf_counter

import httpx
import psycopg
from sqlalchemy import make_url

from api.dependencies.container import ApiDependencies
from bench._api import api_settings, served, signed_in_client
from bench._approval_stack import StackAddresses, bench_servers, new_members
from missions.mission import Priority
from missions.permissions import Role
from missions.person import Person
from runtime.local.servers import ServerName
from runtime.topology import ORG
from stores.postgres.database import Database
from stores.postgres.migrating import migrate
from stores.postgres.missions.missions import MissionStore, NewMission

MOST_FOUNDING_S = 1.0
MOST_RATIO = 1.1
MISSIONS = 3
"""Missions of each organization."""
ROUNDS = 3
"""Requests to each organization, in turns: most use a connection that served another one before."""
READ = "/api/missions?limit=20"


def main() -> int:
    """Exit code 1 if a bound is exceeded."""
    figures = asyncio.run(_measured(int(sys.argv[2]) if len(sys.argv) > 2 else 200))
    print(json.dumps(figures))
    return 1 if figures["slowest_founding_s"] > MOST_FOUNDING_S or figures["ratio"] > MOST_RATIO else 0


async def _measured(count: int) -> dict[str, float]:
    async with bench_servers(ServerName) as place:
        alone = await _second_database(place)
        crowd, lone = api_settings(place, place.api), api_settings(alone, alone.api)
        async with served(crowd) as (many, url), served(lone) as (lone_app, alone_url):
            founder, founding = await _found(place, many.state.dependencies, url, count)
            readers = [await _reader(place, many.state.dependencies, url, slug) for slug in founding]
            beside = await _reader(alone, lone_app.state.dependencies, alone_url, ORG)
            figures = await _compared(beside, [founder, *readers])
            for client in (founder, *readers, beside):
                await client.aclose()
    return {
        "organizations": count + 1,
        "founding_p50_s": round(median(founding.values()), 3),
        "slowest_founding_s": round(max(founding.values()), 3),
        **figures,
    }


async def _second_database(place: StackAddresses) -> StackAddresses:
    """A database on the same server with a single organization."""
    url = make_url(place.owner).set(database="alone")
    server = place.owner.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute("CREATE DATABASE alone")
    owner = url.render_as_string(hide_password=False)
    await asyncio.to_thread(migrate, owner, ORG)
    api = make_url(place.api).set(database="alone").render_as_string(hide_password=False)
    return replace(place, owner=owner, api=api)


async def _found(
    place: StackAddresses, dependencies: ApiDependencies, url: str, count: int
) -> tuple[httpx.AsyncClient, dict[str, float]]:
    """The founder's client, and the seconds that founding each new organization took over HTTP."""
    owner = Database(place.owner)
    (admin,) = await new_members(owner, [frozenset({Role.ADMIN, Role.OPERATOR})])
    await _fill(owner, admin)
    await owner.close()
    founder, took = await signed_in_client(dependencies, url, admin), {}
    for number in range(count):
        slug, began = f"tenant-{number}", perf_counter()
        answer = await founder.post("/api/orgs", json={"slug": slug, "name": slug})
        took[slug] = perf_counter() - began
        answer.raise_for_status()
    return founder, took


async def _reader(
    place: StackAddresses, dependencies: ApiDependencies, url: str, org: str
) -> httpx.AsyncClient:
    """A client of a new member of this organization, which has missions."""
    owner = Database(place.owner)
    (person,) = await new_members(owner, [frozenset({Role.OPERATOR})], org)
    await _fill(owner, person)
    await owner.close()
    return await signed_in_client(dependencies, url, person)


async def _fill(owner: Database, person: Person) -> None:
    store = MissionStore(owner)
    for number in range(MISSIONS):
        new = NewMission(f"Checkout is slow, number {number}.", Priority.NORMAL, None, None, None)
        await store.create(person, new, "http://bench")


async def _compared(beside: httpx.AsyncClient, among: list[httpx.AsyncClient]) -> dict[str, float]:
    """Requests in turns, so that a busy machine slows down both."""
    for client in (beside, *among):  # opens the connection
        (await client.get("/api/health/live")).raise_for_status()
    alone, crowded = [], []
    for _ in range(ROUNDS):
        for client in among:
            crowded.append(await _timed(client))
            alone.append(await _timed(beside))
    return {
        "requests": len(crowded),
        "alone_p50_ms": round(1000 * median(alone), 2),
        "among_p50_ms": round(1000 * median(crowded), 2),
        "alone_p95_ms": round(1000 * quantiles(alone, n=20)[-1], 2),
        "among_p95_ms": round(1000 * quantiles(crowded, n=20)[-1], 2),
        "ratio": round(median(crowded) / median(alone), 3),
    }


async def _timed(client: httpx.AsyncClient) -> float:
    began = perf_counter()
    answer = await client.get(READ)
    took = perf_counter() - began
    answer.raise_for_status()
    return took
