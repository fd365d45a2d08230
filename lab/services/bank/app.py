"""The bank: a third party that the shop pays through, with a switch for its bad days."""

import asyncio
import random
import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

NORMAL = {"mode": "normal", "delay_seconds": 0.03, "share": 1.0}
MODES = ("normal", "slow", "rate-limit", "errors")
"""`slow` adds `delay_seconds`; `share` is the part of charges that a mode other than normal concerns."""
behaviour = dict(NORMAL)


async def charge(request: Request) -> JSONResponse:
    """Takes money from a card. Cards that end in 13 are declined."""
    body = await request.json()
    await asyncio.sleep(random.uniform(0.6, 1.4) * NORMAL["delay_seconds"])
    if random.random() < behaviour["share"]:
        if behaviour["mode"] == "slow":
            await asyncio.sleep(random.uniform(0.8, 1.2) * behaviour["delay_seconds"])
        if behaviour["mode"] == "rate-limit":
            return JSONResponse({"error": "too many requests"}, 429, {"Retry-After": "1"})
        if behaviour["mode"] == "errors":
            return JSONResponse({"error": "temporarily unavailable"}, 503)
    if str(body["card"]).endswith("13"):
        return JSONResponse({"status": "declined"}, 402)
    return JSONResponse({"status": "charged", "reference": uuid.uuid4().hex})


async def switch(request: Request) -> JSONResponse:
    """PUT {"mode", "delay_seconds", "share"} changes the behaviour; GET shows it."""
    if request.method == "PUT":
        wanted = {**NORMAL, **await request.json()}
        if wanted["mode"] not in MODES:
            return JSONResponse({"error": f"mode is one of {', '.join(MODES)}"}, 422)
        behaviour.update(wanted)
    return JSONResponse(behaviour)


async def health(_: Request) -> JSONResponse:
    """Answers as long as the process runs."""
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/charges", charge, methods=["POST"]),
        Route("/admin/behaviour", switch, methods=["GET", "PUT"]),
        Route("/healthz", health),
    ]
)
