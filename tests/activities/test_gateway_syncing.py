"""What an external gateway learns of our decision."""

from uuid import uuid4

import samples as sample
from memory_approval_desk import MemoryApprovalDesk
from memory_clock import MemoryClock
from memory_gateway_approvals import MemoryGatewayApprovals
from temporalio.testing import ActivityEnvironment

from activities.deciding import ApprovalId
from activities.gateway_syncing import GatewaySyncing
from missions.approval import VoteChoice
from missions.participant import Participant, ParticipantRole
from missions.proposal import RiskLevel

TOKEN = "token"


class RecordingGateway(MemoryGatewayApprovals):
    """Keeps the reasons that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:
        self.reasons.append(reason)
        await super().answer(token, agreed=agreed, reason=reason)


async def test_ap12_the_gateway_is_told_the_approvers_that_count() -> None:
    """The reason of an approval names its approvers, without one who took part after voting."""
    desk, gateway = MemoryApprovalDesk(MemoryClock(), sample.REQUESTER, "Olga"), RecordingGateway()
    verdict = sample.verdict(risk=RiskLevel.HIGH).model_copy(update={"approval_token": TOKEN})
    approval = await desk.open(
        sample.ORG, uuid4(), proposal=sample.proposal(), verdict=verdict, window_s=600, act_s=600
    )
    gateway.open(TOKEN, approval.proposal.action.kind)
    anna, ben = sample.person(name="Anna"), sample.person(name="Ben")
    for person in (anna, ben):
        await desk.answer(person, approval.id, VoteChoice.APPROVED)
    steered = Participant(person=anna.id, name=anna.name, role=ParticipantRole.STEERED)
    desk.tamper(approval.id, later_participants=(steered,))
    request = ApprovalId(org=sample.ORG, approval_id=approval.id)
    await ActivityEnvironment().run(GatewaySyncing(desk, gateway).keep_in_step, request)
    assert gateway.reasons == ["Approved by Ben."]
