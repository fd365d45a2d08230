"""After any order of actions by people, clocks and processes, the rows match a simple model."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
import samples as sample
from chains import first_bad_entry
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import update

from missions.approval import Approval, ApprovalStatus, VoteChoice, action_hash, quorum_for
from missions.approval_rights import MAX_VOTES
from missions.errors import (
    ChangedError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OpsError,
    RefusedError,
)
from missions.feedback import Feedback, FeedbackKind
from missions.mission import Priority
from missions.permissions import Role
from missions.person import Person
from missions.proposal import RiskLevel
from stores.postgres.accounts.people import PersonStore
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.approvals.rows import bound_of
from stores.postgres.approvals.tables import ApprovalRow
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.tables import MembershipRow

PEOPLE = 4
REQUESTER = 0
APPROVERS = [Role.APPROVER.value]


class Urls(Protocol):
    """The fixture `urls`."""

    owner: str
    api: str
    missions: str
    actions: str


class Life(RuleBasedStateMachine):
    """One approval. Person 0 requested the mission; all are approvers until they are demoted."""

    urls: Urls

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._owner, self._api, missions, actions = (
            Database(url, pool_size=1)
            for url in (self.urls.owner, self.urls.api, self.urls.missions, self.urls.actions)
        )
        self._all = (self._owner, self._api, missions, actions)
        self._desk, self._ledger = PostgresApprovalDesk(missions), PostgresLedger(actions)
        self._votes = VoteStore(self._api)
        self.participants = {REQUESTER}
        self.votes = dict.fromkeys(range(PEOPLE), 0)
        self.status = ApprovalStatus.PENDING
        self.answers: dict[int, VoteChoice] = {}
        self.rights = dict.fromkeys(range(PEOPLE), True)
        self.over = False
        self.consumed_by: str | None = None

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result, or the type of the product's error."""
        try:
            return self._runner.run(work)
        except OpsError as error:
            return type(error)

    @initialize(risk=st.sampled_from([RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH]))
    def open(self, risk: RiskLevel) -> None:
        self.quorum = quorum_for(risk)
        self.people, self.approval = self._runner.run(self._opened(risk))
        self.shown = self.approval.action_hash

    async def _opened(self, risk: RiskLevel) -> tuple[list[Person], Approval]:
        people = PersonStore(self._owner)
        await people.add_org(sample.ORG, "Demo")
        made = []
        for number in range(PEOPLE):
            await people.add(sample.ORG, f"p{number}@x.org", f"p{number}", "", frozenset({Role.APPROVER}))
            account = await people.by_email(f"p{number}@x.org")
            assert account is not None
            made.append(account.person.model_copy(update={"authenticated_at": datetime.now(UTC)}))
        new_mission = NewMission("Payments is slow.", Priority.NORMAL, None, None, None)
        mission = (await MissionStore(self._api).create(made[REQUESTER], new_mission, "http://x")).mission.id
        arguments: dict[str, Any] = {"verdict": sample.verdict(risk=risk), "window_s": 3600, "act_s": 3600}
        return made, await self._desk.open(sample.ORG, mission, proposal=sample.proposal(), **arguments)

    def person(self, number: int) -> Person:
        """The person with their current roles, as each request reads them."""
        roles = frozenset({Role.APPROVER} if self.rights[number] else {Role.VIEWER})
        return self.people[number].model_copy(update={"roles": roles})

    def agreed(self) -> set[int]:
        """Those whose approval counts."""
        approved = {number for number, answer in self.answers.items() if answer is VoteChoice.APPROVED}
        return approved - self.participants

    @rule(number=st.integers(0, PEOPLE - 1), answer=st.sampled_from(VoteChoice))
    def respond(self, number: int, answer: VoteChoice) -> None:
        result = self.do(
            self._votes.respond(
                self.person(number),
                self.approval.id,
                answer=answer,
                notes="because",
                shown_hash=self.shown,
                typed_target=self.approval.target,
            )
        )
        if number != REQUESTER and not self.rights[number]:
            assert result is NotFoundError
        elif number in self.participants:
            assert result is ForbiddenError
        elif self.answers.get(number) is answer:
            assert (result.recorded, result.message) == (None, None)
        elif (
            self.status is not ApprovalStatus.PENDING
            or self.over
            or number in self.answers
            or self.votes[number] == MAX_VOTES
        ):
            assert result is ConflictError
        else:
            self.answers[number] = answer
            self.votes[number] += 1
            if answer is VoteChoice.DENIED:
                self.status = ApprovalStatus.DENIED
            elif len(self.agreed()) >= self.quorum:
                self.status = ApprovalStatus.APPROVED
            assert result.approval.status is self.status
            assert (result.message is None) == (self.status is ApprovalStatus.PENDING)

    @rule(number=st.integers(1, PEOPLE - 1))
    def respond_to_something_else(self, number: int) -> None:
        """An answer with another hash changes nothing."""
        arguments: dict[str, Any] = {
            "answer": VoteChoice.APPROVED,
            "notes": "because",
            "shown_hash": "0" * 64,
        }
        result = self.do(self._votes.respond(self.person(number), self.approval.id, **arguments))
        if not self.rights[number]:
            assert result is NotFoundError
        else:
            assert result is (ForbiddenError if number in self.participants else ChangedError)

    @rule(number=st.integers(1, PEOPLE - 1))
    def withdraw(self, number: int) -> None:
        result = self.do(self._votes.withdraw(self.person(number), self.approval.id, reason="so"))
        open_still = self.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)
        if not self.rights[number]:
            assert result is NotFoundError
        elif number not in self.answers or self.consumed_by is not None or not open_still:
            assert result is ConflictError
        else:
            del self.answers[number]
            if self.status is ApprovalStatus.APPROVED:
                self.status = ApprovalStatus.DENIED
            assert result.approval.status is self.status

    @rule(number=st.integers(1, PEOPLE - 1))
    def take_part(self, number: int) -> None:
        """Gives feedback on the mission's hypotheses: from now on the person's vote does not count."""
        feedback = Feedback(
            service="web", stance=FeedbackKind.PINNED, person=self.people[number].id, name=f"p{number}"
        )
        mission = self.approval.mission_id
        result = self.do(MissionStore(self._api).steer(self.person(number), mission, feedback))
        if self.rights[number]:
            self.participants.add(number)
        else:
            assert result is NotFoundError

    @rule(number=st.integers(1, PEOPLE - 1), right=st.booleans())
    def change_rights(self, number: int, right: bool) -> None:  # noqa: FBT001  Hypothesis passes it by name
        self.rights[number] = right
        roles = APPROVERS if right else [Role.VIEWER.value]
        mine = MembershipRow.person_id == self.people[number].id
        self.do(self._change(update(MembershipRow).where(mine).values(roles=roles)))

    @precondition(lambda self: not self.over)
    @rule()
    def let_time_run_out(self) -> None:
        """Moves the row's times, and so its hash, to an hour earlier."""
        self.over = True
        self.shown = self._runner.run(self._an_hour_earlier())

    @rule()
    def resolve(self) -> None:
        if self.status is ApprovalStatus.PENDING and self.over:
            self.status = ApprovalStatus.EXPIRED
        assert self.do(self._desk.resolve(sample.ORG, self.approval.id)).status is self.status

    @rule()
    def revoke(self) -> None:
        open_still = self.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)
        if open_still and self.consumed_by is None:
            self.status = ApprovalStatus.CANCELLED
        result = self.do(self._desk.revoke(sample.ORG, self.approval.id))
        assert (result.status, result.consumed) == (self.status, self.consumed_by is not None)

    @rule(key=st.sampled_from(["a", "b"]))
    def execute(self, key: str) -> None:
        result = self.do(self._ledger.begin(sample.ORG, self.approval.id, key))
        rightful = {number for number in self.agreed() if self.rights[number]}
        if self.consumed_by is not None:
            expected: object = False if key == self.consumed_by else RefusedError
        elif self.status is ApprovalStatus.APPROVED and len(rightful) >= self.quorum:
            expected, self.consumed_by = True, key
        else:
            expected = RefusedError
        assert (result if isinstance(result, type) else result[1]) == expected

    @invariant()
    def the_row_says_what_the_model_says(self) -> None:
        if not hasattr(self, "approval"):
            return
        read, _ = self.do(self._ledger.read(sample.ORG, self.approval.id))
        assert read.status is self.status
        assert (read.consumed_at is not None) == (self.consumed_by is not None)
        voted = {self.people[number].id: answer for number, answer in self.answers.items()}
        assert {vote.person: vote.answer for vote in read.votes} == voted
        assert self.people[REQUESTER].id not in voted
        assert read.agreed == len(self.agreed())
        later = {participant.person for participant in read.later_participants}
        assert later == {self.people[number].id for number in self.participants - {REQUESTER}}

    def teardown(self) -> None:
        self._runner.run(self._end())
        self._runner.close()

    async def _end(self) -> None:
        assert await first_bad_entry(self._owner) is None
        for database in self._all:
            await database.close()

    async def _change(self, statement: Any) -> None:
        async with self._owner.transaction(sample.ORG) as session:
            await session.execute(statement)

    async def _an_hour_earlier(self) -> str:
        async with self._owner.transaction(sample.ORG) as session:
            row = await session.get(ApprovalRow, self.approval.id)
            assert row is not None
            row.decide_by = row.created_at
            row.action_hash = action_hash(bound_of(sample.ORG, row))
            return str(row.action_hash)


@pytest.mark.timeout(300)
async def test_the_life_of_an_approval(urls: Urls) -> None:
    """The model holds against PostgreSQL with each process's own login."""
    await asyncio.to_thread(_run, urls)


def _run(urls: Urls) -> None:
    machine = type("Life", (Life,), {"urls": urls})
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_machine(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=quiet
        ),
    )
