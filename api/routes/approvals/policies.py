import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter

from adapters.gateways.policy_desk import PolicyInForce, PolicyTestCase, PolicyTestResult
from api.access import PolicyReader
from api.dependencies.injected import Organizations, Oversight
from api.requests.approvals import PolicyTestRequest

router = APIRouter(prefix="/policy", tags=["policy"])


@router.get("")
async def in_force(person: PolicyReader, oversight: Oversight, organizations: Organizations) -> PolicyInForce:
    """The policy in force for the person's organization, with the linter's remarks."""
    is_first = await organizations.store.is_first(person.org)
    return await asyncio.to_thread(oversight.policy.in_force, person.org, is_first=is_first)


@router.post("/test")
async def test(body: PolicyTestRequest, person: PolicyReader, oversight: Oversight) -> PolicyTestResult:
    """What the policy would decide about an action of the person's organization. Nothing is opened."""
    action = body.model_dump(exclude={"at"})
    case = PolicyTestCase(organization=person.org, **action, at=body.at or datetime.now(UTC))
    return await asyncio.to_thread(oversight.policy.test, case)
