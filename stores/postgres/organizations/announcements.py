from missions.announcement import Announcement
from missions.person import Person
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database


class AnnouncementStore:
    """Announcements to an organization, stored in its audit trail only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, person: Person, text: str) -> Announcement:
        """Records the announcement in the audit trail."""
        async with self._database.transaction(person.org) as session:
            announcement = Announcement(text=text, by=person.name, at=await database_time(session))
            await audit(session, person.email, "announcement.made", f"org/{person.org}", {"text": text})
            return announcement
