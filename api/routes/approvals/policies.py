import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter

from adapters.gateways.policy_desk import PolicyInForce, PolicyTestCase, PolicyTestResult
from api.access import PolicyReader
from api.dependencies.injected import Oversight
from api.requests.approvals import PolicyTestRequest

router = APIRouter(prefix="/policy", tags=["policy"])


@router.get("")
async def in_force(_: PolicyReader, oversight: Oversight) -> PolicyInForce:
    """The policy in force, with the linter's remarks."""
    return await asyncio.to_thread(oversight.policy.in_force)


@router.post("/test")
async def test(body: PolicyTestRequest, _: PolicyReader, oversight: Oversight) -> PolicyTestResult:
    """What the policy would decide about an action. Nothing is opened or executed."""
    case = PolicyTestCase(**body.model_dump(exclude={"at"}), at=body.at or datetime.now(UTC))
    return await asyncio.to_thread(oversight.policy.test, case)
