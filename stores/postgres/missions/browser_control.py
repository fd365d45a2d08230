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
from stores.postgres.missions.missions import MissionChange
from stores.postgres.missions.readable import readable
from stores.postgres.tables import MissionRow

MAX_ROUNDS = 100
"""How often people may take control of one mission's browsers."""


class BrowserControlStore:
    """Who controls a mission's browser: decided by the stored events, and sent to the browser afterwards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self, person: Person, mission_id: UUID, target: str
    ) -> tuple[BrowserControlTaken, MissionChange]:
        """Takes control of a page, or extends it: event and audit entry in one transaction.

        Raises StatusError if the mission has ended, ConflictError if another person controls one of its
        pages, and InvalidError for a page that is not in its plan.
        """
        async with self._database.transaction(person.org) as session:
            row, recorded_events = await _locked(session, person, mission_id)
            now = await database_time(session)
            held = control_of(recorded_events, now)
            if held is not None and (held.person, held.target) != (person.id, target):
                raise ConflictError(f"{held.name} controls {held.target} until {held.until:%H:%M:%S} UTC.")
            plans = [event.payload.plan for event in recorded_events if isinstance(event.payload, Planned)]
            if not any(target == page.id for plan in plans for page in plan.targets):
                raise InvalidError("The mission's plan has no such page.")
            rounds = _rounds(recorded_events)
            if rounds >= MAX_ROUNDS:
                raise ConflictError(
                    f"The mission's browser was taken over {rounds} times, which is the limit."
                )
            until = now + timedelta(seconds=CONTROL_S)
            taken = BrowserControlTaken(
                target=target, person=person.id, name=person.name, until=until, round=rounds
            )
            recorded = await append(session, row, person.email, taken)
            await audit(session, person.email, "browser.taken-over", _subject(mission_id), {"target": target})
            return taken, MissionChange(recorded.mission, (recorded,))

    async def touch(self, person: Person, mission_id: UUID, touch: BrowserInput) -> BrowserControlTaken:
        """Audits one input of the person in control, without typed text. Raises ConflictError for others."""
        async with self._database.transaction(person.org) as session:
            _, recorded_events = await _locked(session, person, mission_id)
            held = control_of(recorded_events, await database_time(session))
            if held is None or held.person != person.id:
                raise ConflictError("You do not control the browser: take it over first.")
            detail = {"target": held.target, **touch.audit_details}
            await audit(session, person.email, "browser.touched", _subject(mission_id), detail)
            return held

    async def give_back(self, person: Person, mission_id: UUID) -> MissionChange:
        """Returns control; changes nothing if the person is not in control."""
        async with self._database.transaction(person.org) as session:
            row, recorded_events = await _locked(session, person, mission_id)
            held = control_of(recorded_events, await database_time(session))
            if held is None or held.person != person.id:
                return MissionChange(Mission.model_validate(row.mission))
            back = BrowserControlReturned(
                target=held.target, person=person.id, name=person.name, round=_rounds(recorded_events) - 1
            )
            recorded = await append(session, row, person.email, back)
            await audit(
                session, person.email, "browser.given-back", _subject(mission_id), {"target": held.target}
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


def _rounds(recorded_events: tuple[Event, ...]) -> int:
    return sum(isinstance(event.payload, BrowserControlTaken) for event in recorded_events)


def _subject(mission_id: UUID) -> str:
    return f"mission/{mission_id}"
