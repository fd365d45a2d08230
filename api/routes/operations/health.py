import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response
from sqlalchemy import text

from api.dependencies.injected import Operations
from api.responses.administration import HealthResponse
from missions.errors import UnavailableError
from stores.postgres.database import Database

router = APIRouter(prefix="/health", tags=["health"])
DEADLINE_S = 3


@router.get("/live")
async def live() -> HealthResponse:
    """200 while the process answers."""
    return HealthResponse(status="ok")


@router.get("/ready")
async def ready(operations: Operations, response: Response) -> HealthResponse:
    """200 if the database answers, else 503; names every service that does not answer."""
    database, temporal = await asyncio.gather(
        _check(_select(operations.database)),
        _check(operations.temporal.service_client.check_health()),
    )
    checks = {"database": database, "temporal": temporal}
    # Without Temporal missions are still accepted, and decisions still count: only the database must answer.
    if checks["database"] != "ok":
        response.status_code = 503
    return HealthResponse(status="ok" if set(checks.values()) == {"ok"} else "degraded", checks=checks)


async def _check(check: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(DEADLINE_S):
            await check
    except TimeoutError:
        return "does not answer"
    except UnavailableError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  every error means that it is not ready
        return type(error).__name__
    return "ok"


async def _select(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
