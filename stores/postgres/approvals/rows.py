"""An approval's rows as one Approval, with its votes and the participants of its mission."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from missions.approval import (
    AfterDenial,
    Approval,
    ApprovalBinding,
    ApprovalStatus,
    GatewayStatus,
    Vote,
    VoteChoice,
)
from missions.approval_rights import MAX_VOTES, readable_services
from missions.participant import Participant, ParticipantRole
from missions.person import Person
from missions.proposal import PolicyVerdict, Proposal
from stores.postgres.approvals.tables import ApprovalRow, VoteRow, WithdrawalRow
from stores.postgres.missions.participants import participants_of

_WITHDRAWN = and_(
    WithdrawalRow.approval_id == VoteRow.approval_id,
    WithdrawalRow.person == VoteRow.person,
    WithdrawalRow.round == VoteRow.round,
)


def bound_of(org: str, row: ApprovalRow) -> ApprovalBinding:
    """What the approval is bound to, from the row's columns: a changed column changes the hash."""
    return ApprovalBinding(
        org=org,
        mission=row.mission_id,
        approval=row.id,
        requester=row.requester,
        participants=None if row.participants is None else _participants(row),
        proposal=Proposal.model_validate(row.proposal),
        verdict=PolicyVerdict.model_validate(row.verdict),
        quorum=row.quorum,
        decide_by=row.decide_by,
        act_by=row.act_by,
        nonce=row.nonce,
    )


def readable_approvals(person: Person) -> ColumnElement[bool]:
    """Whether the person may read an approval's row: those of their services, and what they requested."""
    services = readable_services(person)
    if services is None:
        return true()
    service = ApprovalRow.proposal["action"]["service"].astext
    return or_(ApprovalRow.requester == person.id, service.in_(services))


async def approval_of(session: AsyncSession, row: ApprovalRow) -> Approval:
    """The approval with its current votes and participants."""
    return (await approval_now(session, row))[0]


async def approval_now(session: AsyncSession, row: ApprovalRow) -> tuple[Approval, datetime]:
    """The approval with its current votes and participants, and the database's time."""
    approvals, now = await _approvals(session, [row])
    return approvals[0], now


async def approvals_of(session: AsyncSession, rows: Sequence[ApprovalRow]) -> list[Approval]:
    """The approvals with their current votes and participants, read in two queries."""
    return (await _approvals(session, rows))[0] if rows else []


async def _approvals(session: AsyncSession, rows: Sequence[ApprovalRow]) -> tuple[list[Approval], datetime]:
    query = (
        select(func.clock_timestamp(), VoteRow, WithdrawalRow.at)
        .select_from(ApprovalRow)
        .outerjoin(VoteRow, VoteRow.approval_id == ApprovalRow.id)
        .outerjoin(WithdrawalRow, _WITHDRAWN)
        .where(ApprovalRow.id.in_([row.id for row in rows]))
        .order_by(VoteRow.at)
    )
    current: defaultdict[UUID, list[Vote]] = defaultdict(list)
    counts: defaultdict[UUID, defaultdict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    result = (await session.execute(query)).all()
    for _, vote, withdrawn_at in result:
        if vote is not None:
            counts[vote.approval_id][vote.person] += 1
            if withdrawn_at is None:
                current[vote.approval_id].append(vote_of(vote))
    participants = await participants_of(session, {row.mission_id for row in rows})
    approvals = [
        _to_approval(
            row,
            votes=tuple(current[row.id]),
            participants=participants[row.mission_id],
            out_of_votes=(person for person, count in counts[row.id].items() if count >= MAX_VOTES),
        )
        for row in rows
    ]
    return approvals, result[0][0]


def _to_approval(
    row: ApprovalRow,
    *,
    votes: tuple[Vote, ...],
    participants: tuple[Participant, ...],
    out_of_votes: Iterable[UUID],
) -> Approval:
    verdict, bound = PolicyVerdict.model_validate(row.verdict), _participants(row)
    return Approval(
        id=row.id,
        mission_id=row.mission_id,
        status=ApprovalStatus(row.status),
        proposal=Proposal.model_validate(row.proposal),
        verdict=verdict,
        risk=verdict.risk,
        quorum=row.quorum,
        requester=row.requester,
        requester_name=row.requester_name,
        action_hash=row.action_hash,
        decide_by=row.decide_by,
        act_by=row.act_by,
        created_at=row.created_at,
        decided_at=row.decided_at,
        consumed_at=row.consumed_at,
        votes=votes,
        gateway=None if row.gateway is None else GatewayStatus(row.gateway),
        veto=row.veto,
        widened_at=row.widened_at,
        participants=bound,
        later_participants=tuple(
            participant
            for participant in participants
            # A row of an earlier version names its requester in a column only.
            if participant not in bound and participant.role is not ParticipantRole.REQUESTER
        ),
        out_of_votes=tuple(out_of_votes),
    )


def _participants(row: ApprovalRow) -> tuple[Participant, ...]:
    """The participants that the row is bound to; none for a row of an earlier version."""
    return tuple(Participant.model_validate(participant) for participant in row.participants or ())


def vote_of(row: VoteRow) -> Vote:
    """The row as a Vote."""
    return Vote(
        person=row.person,
        name=row.name,
        answer=VoteChoice(row.answer),
        notes=row.notes,
        then=None if row.then is None else AfterDenial(row.then),
        round=row.round,
        at=row.at,
    )
