from missions.announcement import Announcement
from missions.person import Person
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database


class AnnouncementStore:
    """What administrators told everybody: the audit chain is where it stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, person: Person, text: str) -> Announcement:
        """Audits it."""
        async with self._database.transaction(person.org) as session:
            told = Announcement(text=text, by=person.name, at=await database_time(session))
            await audit(session, person.email, "announcement.made", f"org/{person.org}", {"text": text})
            return told
