from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.event import Payload
from missions.participant import Participant, ParticipantRole
from missions.participation import participant_of
from stores.postgres.tables import ParticipantRow

# A key that ended within the last hour counts: it may have been revoked while its request was running. A key
# of an earlier version has no recorded creator: every administrator of the organization may have created it.
_HOLDERS = text(
    "INSERT INTO participants (mission_id, person, role, name)"
    " SELECT CAST(:mission AS uuid), holder.id, 'holds-key', holder.name FROM shared.api_keys AS key"
    " JOIN shared.people AS holder ON NOT holder.is_service AND (holder.id = key.created_by"
    " OR (key.created_by IS NULL AND EXISTS (SELECT FROM shared.memberships AS member"
    " WHERE member.person_id = holder.id AND member.org = key.org AND 'ADMIN' = ANY (member.roles))))"
    " WHERE key.person_id = :account"
    " AND least(key.expires_at, key.revoked_at) > clock_timestamp() - interval '1 hour'"
    " ON CONFLICT DO NOTHING"
)


async def record_participants(session: AsyncSession, mission_id: UUID, payload: Payload) -> None:
    """Stores the participants of this event, in the transaction that stores the event.

    If a service account took part, the creators of its keys are participants as well.
    """
    participant = participant_of(payload)
    if participant is None:
        return
    values = {
        "mission_id": mission_id,
        "person": participant.person,
        "role": participant.role.value,
        "name": participant.name,
    }
    await session.execute(insert(ParticipantRow).values(**values).on_conflict_do_nothing())
    await session.execute(_HOLDERS, {"mission": mission_id, "account": participant.person})


async def participants_of(
    session: AsyncSession, missions: Collection[UUID]
) -> dict[UUID, tuple[Participant, ...]]:
    """The current participants of each of these missions, in the order in which they took part."""
    query = select(ParticipantRow).where(ParticipantRow.mission_id.in_(missions))
    rows = await session.scalars(
        query.order_by(ParticipantRow.at, ParticipantRow.person, ParticipantRow.role)
    )
    participants: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for row in rows:
        participants[row.mission_id].append(
            Participant(person=row.person, name=row.name, role=ParticipantRole(row.role))
        )
    return {mission: tuple(participants[mission]) for mission in missions}
