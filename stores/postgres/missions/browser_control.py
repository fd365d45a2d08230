from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from missions.browser_control import (
    CONTROL_S,
    BrowserControlReturned,
    BrowserControlTaken,
    BrowserInput,
    control_of,
)
from missions.errors import ConflictError, InvalidError, StatusError
from missions.event import Event, Planned
from missions.mission import Mission, Status
from missions.person import Person
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.missions.journal import append, events, lock
from stores.postgres.missions.missions import MissionChange, readable
from stores.postgres.tables import MissionRow

MOST = 100
"""So often one mission's browsers may be taken over."""


class BrowserControlStore:
    """Who steers a mission's browser. The events' rows decide; what the browser hears only follows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self, person: Person, mission_id: UUID, target: str
    ) -> tuple[BrowserControlTaken, MissionChange]:
        """Takes a page, or holds it for longer: event and audit entry in one transaction.

        Raises StatusError where the mission has ended, ConflictError where somebody else holds one of its
        pages, and InvalidError for a page that is not in its plan.
        """
        async with self._database.transaction(person.org) as session:
            row, told = await _locked(session, person, mission_id)
            now = await database_time(session)
            held = control_of(told, now)
            if held is not None and (held.person, held.target) != (person.id, target):
                raise ConflictError(f"{held.name} holds {held.target} until {held.until:%H:%M:%S} UTC.")
            plans = [one.payload.plan for one in told if isinstance(one.payload, Planned)]
            if not any(target == one.id for plan in plans for one in plan.targets):
                raise InvalidError("The mission does not look at such a page.")
            rounds = _rounds(told)
            if rounds >= MOST:
                raise ConflictError(f"It was taken over {rounds} times: that is enough for one mission.")
            until = now + timedelta(seconds=CONTROL_S)
            taken = BrowserControlTaken(
                target=target, person=person.id, name=person.name, until=until, round=rounds
            )
            recorded = await append(session, row, person.email, taken)
            await audit(session, person.email, "browser.taken-over", _named(mission_id), {"target": target})
            return taken, MissionChange(recorded.mission, (recorded,))

    async def touch(self, person: Person, mission_id: UUID, touch: BrowserInput) -> BrowserControlTaken:
        """Audits one gesture of who holds the page, never what is typed. Raises ConflictError for others."""
        async with self._database.transaction(person.org) as session:
            _, told = await _locked(session, person, mission_id)
            held = control_of(told, await database_time(session))
            if held is None or held.person != person.id:
                raise ConflictError("You do not hold the browser: take it over first.")
            detail = {"target": held.target, **touch.audit_details}
            await audit(session, person.email, "browser.touched", _named(mission_id), detail)
            return held

    async def give_back(self, person: Person, mission_id: UUID) -> MissionChange:
        """Lets go of it; nothing where the person does not hold it."""
        async with self._database.transaction(person.org) as session:
            row, told = await _locked(session, person, mission_id)
            held = control_of(told, await database_time(session))
            if held is None or held.person != person.id:
                return MissionChange(Mission.model_validate(row.mission))
            back = BrowserControlReturned(
                target=held.target, person=person.id, name=person.name, round=_rounds(told) - 1
            )
            recorded = await append(session, row, person.email, back)
            await audit(
                session, person.email, "browser.given-back", _named(mission_id), {"target": held.target}
            )
            return MissionChange(recorded.mission, (recorded,))


async def _locked(
    session: AsyncSession, person: Person, mission_id: UUID
) -> tuple[MissionRow, tuple[Event, ...]]:
    await readable(session, person, mission_id)
    row = await lock(session, mission_id)
    await session.refresh(row)
    if Status(row.status).is_terminal:
        raise StatusError(f"It is {row.status}.")
    return row, await events(session, mission_id, 0, None)


def _rounds(told: tuple[Event, ...]) -> int:
    return sum(isinstance(one.payload, BrowserControlTaken) for one in told)


def _named(mission_id: UUID) -> str:
    return f"mission/{mission_id}"
