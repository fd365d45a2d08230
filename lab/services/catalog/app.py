"""The catalog: concerts, seats and search. It also holds a seat for an order."""

import logging
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from cache import Cache, new_client
from database import Database, new_pool
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_fastapi_instrumentator import Instrumentator
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from pydantic import BaseModel
from redis.exceptions import RedisError

log = logging.getLogger("catalog")
HOLD_SECONDS = int(os.environ["HOLD_SECONDS"])
MAX_SEAT_MAPS = 32
SEAT_MAP_SECONDS = 2.0
seat_maps: OrderedDict[tuple[int, int, int], tuple[float, list[dict]]] = OrderedDict()
pool = new_pool()
database = Database(pool)
cache = Cache(new_client())


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Opens the pool, without waiting for the database, and closes both clients at the end."""
    await pool.open(wait=False)
    yield
    await pool.close()
    await cache.client.aclose()


app = FastAPI(title="catalog", lifespan=lifespan)
Instrumentator(excluded_handlers=["/metrics", "/healthz"]).instrument(app).expose(app)


class Owner(BaseModel):
    """The order that a seat is for."""

    order: UUID


@app.middleware("http")
async def request_id(request: Request, call_next) -> Response:
    """Logs requests that fail or take more than a second, with the caller's request id."""
    began = time.monotonic()
    identity = request.headers.get("x-request-id", "-")
    response = await call_next(request)
    seconds = time.monotonic() - began
    if response.status_code >= 500 or seconds > 1:  # noqa: PLR2004  server errors, and a second
        path = request.url.path
        log.warning(
            "%s %s %s took %.3f s request_id=%s",
            request.method,
            path,
            response.status_code,
            seconds,
            identity,
        )
    response.headers["x-request-id"] = identity
    return response


@app.exception_handler(PoolTimeout)
@app.exception_handler(PostgresError)
@app.exception_handler(RedisError)
async def unavailable(request: Request, error: Exception) -> JSONResponse:
    """A dependency failed: 503, and its error in the log."""
    identity = request.headers.get("x-request-id", "-")
    log.error("%s: %s request_id=%s", type(error).__name__, str(error).strip(), identity)
    return JSONResponse({"detail": "temporarily unavailable"}, 503)


@app.get("/concerts")
async def list_concerts() -> JSONResponse:
    """Every concert with its free seats."""
    return JSONResponse(await cache.through("concerts", database.concerts))


@app.get("/concerts/{concert_id}")
async def show_concert(concert_id: int) -> JSONResponse:
    """One concert with the free seats of each section."""
    concert = await cache.through(f"concert:{concert_id}", lambda: database.concert(concert_id))
    if concert is None:
        raise HTTPException(404, "no such concert")
    return JSONResponse(concert)


@app.get("/concerts/{concert_id}/seats")
async def show_seats(concert_id: int, section: int = 1, budget: int = 100_000) -> JSONResponse:
    """The free seats of one section within a budget in cents; kept here for two seconds."""
    key = (concert_id, section, budget)
    expires, seats = seat_maps.get(key, (0.0, []))
    if expires < time.monotonic():
        seats = await database.seats(concert_id, section, budget)
        seat_maps[key] = (time.monotonic() + SEAT_MAP_SECONDS, seats)
        while len(seat_maps) > MAX_SEAT_MAPS:
            seat_maps.popitem(last=False)
    return JSONResponse(seats[:40])


@app.get("/search")
async def search(q: str) -> JSONResponse:
    """Up to 20 concerts whose title, artist or city contains the text."""
    return JSONResponse(await database.search(q.strip()))


@app.post("/seats/{seat_id}/hold")
async def hold(seat_id: int, owner: Owner) -> JSONResponse:
    """Holds a seat for an order: 409 where it is taken."""
    if not await cache.reserve(seat_id, str(owner.order), HOLD_SECONDS):
        raise HTTPException(409, "the seat is reserved")
    seat = await database.hold(seat_id, owner.order)
    if seat is None:
        raise HTTPException(409, "the seat is taken")
    return JSONResponse(seat)


@app.post("/seats/{seat_id}/sell")
async def sell(seat_id: int, owner: Owner) -> JSONResponse:
    """The order was paid."""
    if not await database.sell(seat_id, owner.order):
        raise HTTPException(409, "the seat is not held for this order")
    return JSONResponse({"status": "sold"})


@app.post("/seats/{seat_id}/release")
async def release(seat_id: int, owner: Owner) -> JSONResponse:
    """The order failed."""
    await cache.forget(seat_id)
    await database.release(seat_id, owner.order)
    return JSONResponse({"status": "free"})


@app.get("/healthz")
async def health() -> JSONResponse:
    """Answers as long as the event loop runs."""
    return JSONResponse({"status": "ok"})
