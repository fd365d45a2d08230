import secrets
from datetime import datetime, timedelta
from uuid import UUID

from memory_clock import MemoryClock

from missions.approval import (
    AfterDenial,
    Approval,
    ApprovalBinding,
    ApprovalState,
    ApprovalStatus,
    GatewayStatus,
    Vote,
    VoteChoice,
    action_hash,
    allowed_by_rule,
    approval_id,
    quorum_for,
)
from missions.approval_rights import why_not
from missions.errors import ConflictError, ForbiddenError, NotFoundError
from missions.participant import Participant, ParticipantRole
from missions.person import Person
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import is_wide


class MemoryApprovalDesk:
    """The workflow's side of approvals, and `answer` and `take_back` for the people in tests."""

    def __init__(self, clock: MemoryClock, requester: UUID, requester_name: str) -> None:
        self.clock = clock
        self.rows: dict[UUID, Approval] = {}
        self.looks = 0
        self._nonces: dict[UUID, str] = {}
        self._requester = requester
        self._requester_name = requester_name
        self._participants = (
            Participant(person=requester, name=requester_name, role=ParticipantRole.REQUESTER),
        )

    async def open(
        self,
        org: str,
        mission_id: UUID,
        *,
        proposal: Proposal,
        verdict: PolicyVerdict,
        window_s: int,
        act_s: int,
        earlier: int = 0,
    ) -> Approval:
        """Opens once by question."""
        new_id = approval_id(mission_id, proposal, earlier)
        if new_id in self.rows:
            return self.rows[new_id]
        for other in list(self.rows.values()):
            if other.mission_id == mission_id:
                await self.revoke(org, other.id)
        now = self.clock.now()
        allowed = allowed_by_rule(verdict)
        self._nonces[new_id] = secrets.token_hex(16)
        approval = Approval(
            id=new_id,
            mission_id=mission_id,
            status=ApprovalStatus.APPROVED if allowed else ApprovalStatus.PENDING,
            proposal=proposal,
            verdict=verdict,
            risk=verdict.risk,
            quorum=quorum_for(verdict.risk),
            requester=self._requester,
            requester_name=self._requester_name,
            action_hash="",
            decide_by=now + timedelta(seconds=window_s),
            act_by=now + timedelta(seconds=window_s + act_s),
            created_at=now,
            decided_at=now if allowed else None,
            participants=self._participants,
        )
        self._keep(approval, action_hash=self.hash_of(org, approval))
        return self.rows[new_id]

    async def resolve(self, org: str, approval_id: UUID) -> ApprovalState:  # noqa: ARG002  one organization
        """The row's state; a pending row past its time becomes EXPIRED."""
        self.looks += 1
        approval, now = self.row(approval_id), self.clock.now()
        if approval.status is ApprovalStatus.PENDING and approval.decide_by <= now:
            approval = self._keep(approval, status=ApprovalStatus.EXPIRED)
        left = max(0.0, (approval.decide_by - now).total_seconds())
        if approval.status is ApprovalStatus.PENDING and approval.group and is_wide(approval.window, left):
            approval = self._keep(approval, widened_at=now)
        return _state(approval, left)

    async def read(self, org: str, approval_id: UUID) -> Approval:  # noqa: ARG002  as above
        """The card."""
        return self.row(approval_id)

    async def note(self, org: str, approval_id: UUID, status: GatewayStatus) -> ApprovalState:  # noqa: ARG002  as above
        """Stores the gateway's status; its denial denies ours until that is consumed."""
        approval = self.row(approval_id)
        open_still = approval.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)
        if status is not approval.gateway:
            veto = status.veto if open_still and approval.consumed_at is None else None
            ours = ApprovalStatus.DENIED if veto else approval.status
            approval = self._keep(approval, gateway=status, status=ours, veto=veto or approval.veto)
        return _state(approval, max(0.0, (approval.decide_by - self.clock.now()).total_seconds()))

    async def revoke(self, org: str, approval_id: UUID) -> ApprovalState:  # noqa: ARG002  as above
        """CANCELLED unless it was decided otherwise or consumed."""
        approval = self.row(approval_id)
        consumed = approval.consumed_at is not None
        if approval.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED) and not consumed:
            approval = self._keep(approval, status=ApprovalStatus.CANCELLED)
        return _state(approval)

    async def answer(
        self,
        person: Person,
        approval_id: UUID,
        answer: VoteChoice,
        then: AfterDenial | None = None,
        notes: str = "",
    ) -> Approval:
        """One person's vote. Raises ForbiddenError, and ConflictError if it is decided or too late."""
        approval, now = self.row(approval_id), self.clock.now()
        if (reason := why_not(person, approval)) is not None:
            raise ForbiddenError(reason.text)
        if approval.status is not ApprovalStatus.PENDING or approval.decide_by <= now:
            raise ConflictError(f"The approval is {approval.status}.")
        votes = (*approval.votes, _vote(person, answer, notes, then, now))
        status: ApprovalStatus = approval.status
        if answer is VoteChoice.DENIED:
            status = ApprovalStatus.DENIED
        elif len({vote.person for vote in votes}) >= approval.quorum:
            status = ApprovalStatus.APPROVED
        return self._keep(approval, votes=votes, status=status, decided_at=now)

    async def take_back(self, person: Person, approval_id: UUID) -> Approval:
        """Withdraws the person's own vote; withdrawing a deciding approval denies it."""
        approval = self.row(approval_id)
        if approval.consumed_at is not None:
            raise ConflictError("The approval was acted on.")
        votes = tuple(vote for vote in approval.votes if vote.person != person.id)
        decided = approval.status is ApprovalStatus.APPROVED
        return self._keep(approval, votes=votes, status=ApprovalStatus.DENIED if decided else approval.status)

    def row(self, approval_id: UUID) -> Approval:
        """Raises NotFoundError."""
        if approval_id not in self.rows:
            raise NotFoundError("Unknown approval.")
        return self.rows[approval_id]

    def consume(self, approval: Approval) -> Approval:
        """For the ledger."""
        return self._keep(approval, consumed_at=self.clock.now())

    def tamper(self, approval_id: UUID, **changes: object) -> None:
        """Changes a row without changing its hash."""
        self._keep(self.row(approval_id), **changes)

    def hash_of(self, org: str, approval: Approval) -> str:
        """The hash of the row's current content."""
        return action_hash(
            ApprovalBinding(
                org=org,
                mission=approval.mission_id,
                approval=approval.id,
                requester=approval.requester,
                participants=approval.participants,
                proposal=approval.proposal,
                verdict=approval.verdict,
                quorum=approval.quorum,
                decide_by=approval.decide_by,
                act_by=approval.act_by,
                nonce=self._nonces[approval.id],
            )
        )

    def _keep(self, approval: Approval, **changes: object) -> Approval:
        self.rows[approval.id] = approval.model_copy(update=changes)
        return self.rows[approval.id]


def _vote(person: Person, answer: VoteChoice, notes: str, then: AfterDenial | None, at: datetime) -> Vote:
    return Vote(person=person.id, name=person.name, answer=answer, notes=notes, then=then, at=at)


def _state(approval: Approval, seconds_left: float = 0.0) -> ApprovalState:
    denial = next((vote for vote in approval.votes if vote.answer is VoteChoice.DENIED), None)
    reason = "" if denial is None else f"{denial.name}: {denial.notes}" if denial.notes else denial.name
    return ApprovalState(
        status=approval.status,
        seconds_left=seconds_left,
        consumed=approval.consumed_at is not None,
        said=approval.veto or reason,
        then=(denial.then if denial else None) or AfterDenial.END,
        gateway=approval.gateway,
        vetoed=approval.veto is not None,
    )
