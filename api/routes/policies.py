import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter

from adapters.gateways.policy_desk import PolicyInForce, PolicyTestCase, PolicyTestResult
from api.access import PolicyReader, Wired
from api.requests.approvals import PolicyTestRequest

router = APIRouter(prefix="/policy", tags=["policy"])


@router.get("")
async def in_force(_: PolicyReader, wiring: Wired) -> PolicyInForce:
    """The policy that missions are judged by, as it is now, with what the linter says of it."""
    return await asyncio.to_thread(wiring.policy_desk.in_force)


@router.post("/test")
async def test(body: PolicyTestRequest, _: PolicyReader, wiring: Wired) -> PolicyTestResult:
    """What would happen to an action that a mission might propose. Nothing is asked for, and nothing done."""
    what = PolicyTestCase(**body.model_dump(exclude={"at"}), at=body.at or datetime.now(UTC))
    return await asyncio.to_thread(wiring.policy_desk.test, what)
