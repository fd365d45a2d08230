import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response
from sqlalchemy import text

from api.access import Wired
from api.responses.administration import HealthResponse
from api.wiring import Wiring
from missions.errors import UnavailableError

router = APIRouter(prefix="/health", tags=["health"])
DEADLINE_S = 3


@router.get("/live")
async def live() -> HealthResponse:
    """The process answers."""
    return HealthResponse(status="ok")


@router.get("/ready")
async def ready(wiring: Wired, response: Response) -> HealthResponse:
    """200 where everything that a request needs answers, else 503 and which does not."""
    names = {"database": _database(wiring), "temporal": _temporal(wiring)}
    results = await asyncio.gather(*(_check(check) for check in names.values()))
    checks = dict(zip(names, results, strict=True))
    # With Temporal away missions are still accepted, and decisions still count: only the table must answer.
    if checks["database"] != "ok":
        response.status_code = 503
    return HealthResponse(status="ok" if set(checks.values()) == {"ok"} else "degraded", checks=checks)


async def _check(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(DEADLINE_S):
            await check
    except TimeoutError:
        return "does not answer"
    except UnavailableError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is not ready
        return type(error).__name__
    return "ok"


async def _database(wiring: Wiring) -> None:
    async with wiring.database.transaction() as session:
        await session.execute(text("SELECT 1"))


async def _temporal(wiring: Wiring) -> None:
    await wiring.temporal.service_client.check_health()
