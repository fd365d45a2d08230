"""What 200 organizations cost: founding one, and a request among them beside one where there is only one.

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
from bench._api import client_of, served, settings_of
from bench._approval_stack import StackAddresses, own_place, people_of
from missions.mission import Priority
from missions.person import Person, Role
from runtime.local.servers import ServerName
from runtime.topology import ORG
from stores.postgres.database import Database
from stores.postgres.migrating import migrate
from stores.postgres.missions.missions import MissionStore, NewMission

MOST_FOUNDING_S = 1.0
MOST_RATIO = 1.1
MISSIONS = 3
"""Of each organization, so that a list has something to read."""
ROUNDS = 3
"""Requests to each organization, in turns: most come on a connection that served another one."""
READ = "/api/missions?limit=20"


def main() -> int:
    """Exit code 1 where one of the bounds is broken."""
    told = asyncio.run(_measured(int(sys.argv[2]) if len(sys.argv) > 2 else 200))
    print(json.dumps(told))
    return 1 if told["slowest_founding_s"] > MOST_FOUNDING_S or told["ratio"] > MOST_RATIO else 0


async def _measured(count: int) -> dict[str, float]:
    async with own_place(ServerName) as place:
        alone = await _second_database(place)
        crowd, lone = settings_of(place, place.api), settings_of(alone, alone.api)
        async with served(crowd) as (many, url), served(lone) as (one, alone_url):
            founder, founding = await _found(place, many.state.dependencies, url, count)
            readers = [await _reader(place, many.state.dependencies, url, slug) for slug in founding]
            beside = await _reader(alone, one.state.dependencies, alone_url, ORG)
            told = await _compared(beside, [founder, *readers])
            for client in (founder, *readers, beside):
                await client.aclose()
    return {
        "organizations": count + 1,
        "founding_p50_s": round(median(founding.values()), 3),
        "slowest_founding_s": round(max(founding.values()), 3),
        **told,
    }


async def _second_database(place: StackAddresses) -> StackAddresses:
    """On the same server, with one organization only."""
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
    """The founder, and each new organization with the seconds that it took over HTTP."""
    owner = Database(place.owner)
    (admin,) = await people_of(owner, [frozenset({Role.ADMIN, Role.OPERATOR})])
    await _fill(owner, admin)
    await owner.close()
    founder, took = await client_of(dependencies, url, admin), {}
    for number in range(count):
        slug, began = f"tenant-{number}", perf_counter()
        answer = await founder.post("/api/orgs", json={"slug": slug, "name": slug})
        took[slug] = perf_counter() - began
        answer.raise_for_status()
    return founder, took


async def _reader(
    place: StackAddresses, dependencies: ApiDependencies, url: str, org: str
) -> httpx.AsyncClient:
    """Somebody of this organization, signed in, with missions."""
    owner = Database(place.owner)
    (person,) = await people_of(owner, [frozenset({Role.OPERATOR})], org)
    await _fill(owner, person)
    await owner.close()
    return await client_of(dependencies, url, person)


async def _fill(owner: Database, person: Person) -> None:
    store = MissionStore(owner)
    for number in range(MISSIONS):
        wish = NewMission(f"Checkout is slow, number {number}.", Priority.NORMAL, None, None, None)
        await store.create(person, wish, "http://bench")


async def _compared(beside: httpx.AsyncClient, among: list[httpx.AsyncClient]) -> dict[str, float]:
    """Turn by turn, so that whatever slows the machine slows both."""
    for client in (beside, *among):  # the connection is made
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
