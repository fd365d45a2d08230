"""A mission in the test's own database, written by the product's own stores."""

from typing import Any
from uuid import UUID

from served_api import ORG, PROMPT, Urls, proposal, verdict
from sqlalchemy import text

from missions.approval import Approval
from missions.mission import Priority
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.people import PersonStore
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.missions.missions import MissionChange, MissionStore, NewMission
from stores.postgres.missions.outbox import OutboxStore


class Story:
    """The stores of all processes on one database, and one mission in it."""

    def __init__(self, urls: Urls) -> None:
        self.owner = Database(urls.owner)
        self._api = Database(urls.api)
        self._worker = Database(urls.missions)
        self.missions = MissionStore(self._api)
        self.votes = VoteStore(self._api)
        self.journal = PostgresJournal(self._worker)
        self.desk = PostgresApprovalDesk(self._worker)
        self.outbox = OutboxStore(self._worker)
        self.operator: Person
        self.approver: Person
        self.change: MissionChange

    @classmethod
    async def begin(cls, urls: Urls) -> "Story":
        """With two people, and a mission of the first."""
        story = cls(urls)
        people = PersonStore(story.owner)
        await people.add_org(ORG, ORG)
        made = []
        for name, role in (("operator", Role.OPERATOR), ("approver", Role.APPROVER)):
            await people.add(ORG, f"{name}@shop.example", name, "hash", frozenset({role}))
            account = await people.by_email(f"{name}@shop.example")
            assert account is not None
            made.append(account.person)
        story.operator, story.approver = made
        story.change = await story.another()
        return story

    def admission(self, maximum: int = 3) -> AdmissionStore:
        """The admission of a missions worker."""
        return AdmissionStore(self._worker, maximum)

    async def another(self, priority: Priority = Priority.NORMAL) -> MissionChange:
        """A further mission of the operator."""
        new_mission = NewMission(PROMPT, priority, None, None, None)
        return await self.missions.create(self.operator, new_mission, "http://localhost:8000")

    @property
    def mission_id(self) -> UUID:
        return self.change.mission.id

    async def asked(self, revision: int = 7) -> Approval:
        """An approval of a rollback to this revision, open for ten minutes."""
        return await self.desk.open(
            ORG, self.mission_id, proposal=proposal(revision), verdict=verdict(), window_s=600, act_s=300
        )

    async def run(self, *statements: str) -> list[Any]:
        """Executes the statements as the owner in one transaction; the last statement's rows."""
        rows: list[Any] = []
        async with self.owner.transaction(ORG) as session:
            for statement in statements:
                result: Any = await session.execute(text(statement))
                rows = list(result.all()) if result.returns_rows else []
        return rows

    async def close(self) -> None:
        for database in (self.owner, self._api, self._worker):
            await database.close()
