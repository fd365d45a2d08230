"""The walks over all routes and all socket events, and what they must not have seen."""

from collections.abc import Mapping
from typing import Any

from probe.routes import RouteWalk, WalkResult
from probe.sockets import walk_events
from probe.world import ProbeWorld


async def check_routes(world: ProbeWorld) -> None:
    """AZ2: every route, as every role of B and as B's program, with A's ids."""
    document: Mapping[str, Any] = await world.b.admin.get("/openapi.json")
    walk = RouteWalk(document, world.foreign, world.own)
    result = await walk.walk(world.b.visitors)
    record(world, result, len(walk.operations))


def record(world: ProbeWorld, result: WalkResult, operations: int) -> None:
    """One check for each kind of mistake."""
    requests = sum(result.requests.values())
    about = f"{requests} requests to {len(result.routes)} of {operations} operations"
    kinds = {
        "no route succeeds with an id of another organization": result.foreign,
        "an id of another organization gets the answer of an unknown one": result.different,
        "no answer contains an id, a name or a text of another organization": result.canaries,
    }
    for name, mistakes in kinds.items():
        world.checks.record("AZ2", name, expected="0", seen=_seen(mistakes, about), ok=not mistakes)
    world.checks.record(
        "WE7",
        "every request of the walk is answered, and none with a 5xx",
        expected="0",
        seen=_seen(result.failed, about),
        ok=not result.failed,
    )
    world.checks.record(
        "AZ1",
        "the walk has a sample of every parameter and a valid body for every route",
        expected="0 missing",
        seen=_seen(result.unprepared, about),
        ok=not result.unprepared and len(result.routes) > operations // 2,
    )


async def check_events(world: ProbeWorld) -> None:
    """AZ4: every socket event, with A's ids, A's rooms and malformed content."""
    for name in ("admin", "viewer"):
        mistakes = await walk_events(world.listeners[name], world.foreign)
        world.checks.record(
            "AZ4",
            f"no socket event of B's {name} gives anything for A's ids or room names",
            expected="the answer to an unknown id",
            seen=_seen(mistakes, ""),
            ok=not mistakes,
        )


def _seen(mistakes: list[str], about: str) -> str:
    first = " || ".join(mistakes[:3])
    return f"{len(mistakes)} in {about}; {first}" if about else f"{len(mistakes)} {first}"
