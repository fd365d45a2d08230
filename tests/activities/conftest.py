"""The executor on a world in memory."""

import pytest
import samples as sample
from agreed_approvals import Execute
from memory_world import MemoryWorld
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from missions.approval import Approval
from missions.proposal import Receipt


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


@pytest.fixture
def execute(world: MemoryWorld) -> Execute:
    acting = Acting(world.ledger, world.actuators, world.gateway, world.gateway_approvals)

    async def run(approval: Approval) -> Receipt:
        approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
        receipt: Receipt = await ActivityEnvironment().run(acting.execute, approval_id)
        return receipt

    return run
