from uuid import UUID

from memory_approval_desk import MemoryApprovalDesk

from missions.approval import NOT_CONSUMED, Approval, ApprovalStatus
from missions.errors import RefusedError
from missions.proposal import Receipt, Refusal


class MemoryLedger:
    """The executor's side of approvals, on the desk's rows."""

    def __init__(self, desk: MemoryApprovalDesk) -> None:
        self._desk = desk
        self._keys: dict[UUID, str] = {}
        self.outcomes: dict[UUID, Receipt] = {}
        self.refusals: list[str] = []

    async def begin(self, org: str, approval_id: UUID, key: str) -> tuple[Approval, bool]:
        """Consumes the approval; True if this call did it."""
        approval = self._desk.row(approval_id)
        if self._desk.hash_of(org, approval) != approval.action_hash:
            raise RefusedError("The approval was changed after people approved it: its hash does not match.")
        if approval.consumed_at is not None and self._keys[approval_id] != key:
            raise RefusedError("The approval was consumed by another mission.")
        if approval.status is not ApprovalStatus.APPROVED:
            raise RefusedError(f"The approval is {approval.status}.")
        if approval.act_until <= self._desk.clock.now():
            raise RefusedError("The time to act on this approval is over.")
        if approval.consumed_at is not None:
            return approval, False
        self._keys[approval_id] = key
        return self._desk.consume(approval), True

    async def read(self, org: str, approval_id: UUID) -> tuple[Approval, Receipt | None]:  # noqa: ARG002  one organization
        """The approval, and the recorded outcome, if any. Raises NotFoundError."""
        return self._desk.row(approval_id), self.outcomes.get(approval_id)

    async def refuse(self, org: str, approval_id: UUID, reason: str, refusal: Refusal) -> Receipt:  # noqa: ARG002  as above
        """A receipt with the reason of the executor's refusal."""
        self.refusals.append(reason)
        certain = self._desk.row(approval_id).consumed_at is None
        receipt = Receipt(
            key=str(approval_id), applied=False, certain=certain, refusal=refusal, detail=reason
        )
        return receipt if certain else self.outcomes.setdefault(approval_id, receipt)

    async def finish(self, org: str, approval_id: UUID, receipt: Receipt) -> Receipt:  # noqa: ARG002  as above
        """Writes the outcome once; returns the recorded one. Raises RefusedError if not consumed."""
        if self._desk.row(approval_id).consumed_at is None:
            raise RefusedError(NOT_CONSUMED)
        return self.outcomes.setdefault(approval_id, receipt)
