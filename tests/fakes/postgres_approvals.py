"""Approvals in PostgreSQL, with the credentials of each process."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import samples as sample
from sqlalchemy import text, update

from missions.approval import Approval, VoteChoice
from missions.mission import Priority
from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from missions.proposal import Effect, Proposal, RiskLevel
from stores.postgres.accounts.people import PersonStore
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.approvals.votes import Decision, VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.tables import OrgRow


class Urls(Protocol):
    """The fixture `urls`."""

    owner: str
    api: str
    missions: str
    actions: str


@dataclass
class PostgresApprovals:
    owner: Database
    api: Database
    missions: Database
    actions: Database

    @classmethod
    def of(cls, urls: Urls) -> "PostgresApprovals":
        """With each process's own credentials."""
        return cls(*(Database(url) for url in (urls.owner, urls.api, urls.missions, urls.actions)))

    async def close(self) -> None:
        for database in (self.owner, self.api, self.missions, self.actions):
            await database.close()

    async def open(self, mission: UUID | None = None, risk: RiskLevel = RiskLevel.MEDIUM) -> Approval:
        """An approval of the sample action, with ten minutes to decide and ten to act."""
        return await self.desk.open(
            sample.ORG,
            mission or await self.mission(),
            proposal=sample.proposal(),
            verdict=sample.verdict(Effect.REVIEW, risk),
            window_s=600,
            act_s=600,
        )

    def __post_init__(self) -> None:
        self.desk = PostgresApprovalDesk(self.missions)
        self.ledger = PostgresLedger(self.actions)
        self.votes = VoteStore(self.api)

    async def mission(self) -> UUID:
        new_mission = NewMission("Payments is slow.", Priority.NORMAL, None, None, None)
        person = sample.person(Role.OPERATOR, id=sample.REQUESTER)
        await PersonStore(self.owner).add_org(sample.ORG, "Demo")
        return (await MissionStore(self.api).create(person, new_mission, "http://127.0.0.1")).mission.id

    async def person(self, *roles: Role) -> Person:
        people, email = PersonStore(self.owner), f"{uuid4().hex}@example.org"
        await people.add_org(sample.ORG, "Demo")
        await people.add(sample.ORG, email, "Anna Approver", "hash", frozenset(roles or {Role.APPROVER}))
        account = await people.by_email(email)
        assert account is not None
        return account.person.model_copy(update={"authenticated_at": datetime.now(UTC)})

    async def demote(self, person: Person) -> None:
        viewer = frozenset({Role.VIEWER})
        await PersonStore(self.owner).add(person.org, person.email, person.name, "hash", viewer)

    async def set_status(self, status: OrgStatus) -> None:
        """Sets the status of the organization."""
        async with self.owner.transaction() as session:
            change = update(OrgRow).where(OrgRow.slug == sample.ORG)
            await session.execute(change.values(status=status.value))

    async def answer(
        self, person: Person, approval: Approval, answer: VoteChoice = VoteChoice.APPROVED, **changes: Any
    ) -> Decision:
        arguments: dict[str, Any] = {
            "notes": "seen and understood",
            "shown_hash": approval.action_hash,
            "typed_target": approval.target,
        } | changes
        return await self.votes.respond(person, approval.id, answer=answer, **arguments)

    async def agree(self, person: Person, approval: Approval) -> None:
        await self.answer(person, approval)

    async def tamper(self, approval: Approval, proposal: Proposal) -> None:
        await self.change(
            "proposal = CAST(:value AS jsonb)", approval.id, proposal.model_dump_json(by_alias=True)
        )

    async def change(self, what: str, approval_id: UUID, value: Any = None) -> None:
        """Changes a row as the owner of the database."""
        statement = text(f"UPDATE approvals SET {what} WHERE id = :id")  # noqa: S608  written by tests
        async with self.owner.transaction(sample.ORG) as session:
            await session.execute(
                statement, {"id": approval_id} | ({} if value is None else {"value": value})
            )
