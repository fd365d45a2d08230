"""The stores in which approvals are opened, answered and consumed, and how a test opens one."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID, uuid4

import samples as sample
from memory_approval_desk import MemoryApprovalDesk
from memory_clock import MemoryClock
from memory_ledger import MemoryLedger

from activities.ports import ApprovalDesk, Ledger
from missions.approval import Approval, ApprovalStatus, VoteChoice
from missions.permissions import Role
from missions.person import Person
from missions.proposal import Effect, Proposal, RiskLevel

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


class ApprovalStores(Protocol):
    """The stores in which approvals are opened, answered and consumed."""

    @property
    def desk(self) -> ApprovalDesk: ...
    @property
    def ledger(self) -> Ledger: ...
    async def mission(self) -> UUID: ...
    async def person(self, *roles: Role) -> Person: ...
    async def agree(self, person: Person, approval: Approval) -> None: ...
    async def tamper(self, approval: Approval, proposal: Proposal) -> None: ...


class MemoryApprovals:
    def __init__(self) -> None:
        self.desk = MemoryApprovalDesk(MemoryClock(), sample.REQUESTER, "Olga Operator")
        self.ledger = MemoryLedger(self.desk)

    async def mission(self) -> UUID:
        return uuid4()

    async def person(self, *roles: Role) -> Person:
        return sample.person(*roles)

    async def agree(self, person: Person, approval: Approval) -> None:
        await self.desk.answer(person, approval.id, VoteChoice.APPROVED)

    async def tamper(self, approval: Approval, proposal: Proposal) -> None:
        self.desk.tamper(approval.id, proposal=proposal)


async def opened(
    approvals: ApprovalStores,
    mission: UUID | None = None,
    *,
    risk: RiskLevel = RiskLevel.MEDIUM,
    effect: Effect = Effect.REVIEW,
    window_s: int = 600,
    act_s: int = 600,
) -> Approval:
    return await approvals.desk.open(
        sample.ORG,
        mission or await approvals.mission(),
        proposal=sample.proposal(),
        verdict=sample.verdict(effect, risk),
        window_s=window_s,
        act_s=act_s,
    )


async def agreed(approvals: ApprovalStores, **more: Any) -> Approval:
    approval = await opened(approvals, **more)
    await approvals.agree(await approvals.person(), approval)
    return approval


async def status_of(approvals: ApprovalStores, approval: Approval) -> ApprovalStatus:
    return (await approvals.desk.resolve(sample.ORG, approval.id)).status
