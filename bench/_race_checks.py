from collections import Counter
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from missions.approval import Approval, ApprovalStatus, VoteChoice, action_hash
from missions.mission import Status
from runtime.topology import ORG
from stores.postgres.approvals.rows import approval_of, bound_of
from stores.postgres.approvals.tables import ApprovalRow, IntentRow, OutcomeRow
from stores.postgres.audit.verification import Chain, verify
from stores.postgres.database import Database
from stores.postgres.tables import EventRow, MissionRow


class RaceVerifier:
    """Reads all rows and effects after a race, as the database's owner, and counts violations."""

    def __init__(self, owner: Database, folder: Path, decisions: dict[UUID, int]) -> None:
        self._owner = owner
        self._effects = {UUID(path.name) for path in (folder / "effects").iterdir()}
        self._decisions = decisions

    async def counts(self, missions: list[UUID]) -> dict[str, int | float]:
        """Counts of approvals, effects, violations, missions and final states; prints each violation."""
        violations: list[str] = []
        ends: Counter[str] = Counter()
        async with self._owner.transaction(ORG) as session:
            rows = (await session.scalars(select(ApprovalRow))).all()
            outcomes = set((await session.scalars(select(OutcomeRow.approval_id))).all())
            intents = set((await session.scalars(select(IntentRow.approval_id))).all())
            for row in rows:
                approval = await approval_of(session, row)
                ends[approval.status.value] += 1
                hashes = action_hash(bound_of(ORG, row)) == row.action_hash
                violations += self._violations(
                    approval, hashes=hashes, intended=row.id in intents, ended=row.id in outcomes
                )
            violations += [
                f"{effect}: an effect without an approval" for effect in self._effects - {r.id for r in rows}
            ]
            for mission in (await session.scalars(select(MissionRow))).all():
                if not Status(mission.status).is_terminal:
                    violations.append(f"mission {mission.id} is {mission.status}")
                mine = select(EventRow.seq).where(EventRow.mission_id == mission.id).order_by(EventRow.seq)
                if list(await session.scalars(mine)) != list(range(1, mission.last_seq + 1)):
                    violations.append(f"mission {mission.id}: a gap in its events")
        bad = (await verify(self._owner, Chain(ORG))).bad
        if bad is not None:
            violations.append(f"the audit chain breaks at {bad.seq}")
        for line in violations:
            print(line)
        counts: dict[str, int | float] = {name.lower(): count for name, count in sorted(ends.items())}
        return {
            "approvals": len(rows),
            "executed": len(self._effects),
            "violations": len(violations),
            "missions": len(missions),
        } | counts

    def _violations(self, approval: Approval, *, hashes: bool, intended: bool, ended: bool) -> list[str]:
        """The violations of one approval."""
        done = approval.id in self._effects
        agreed = {vote.person for vote in approval.votes if vote.answer is VoteChoice.APPROVED}
        denied = [vote for vote in approval.votes if vote.answer is VoteChoice.DENIED]
        checks = {
            "its hash does not match": not hashes,
            "the requester voted": approval.requester in agreed,
            "executed without being approved": done and approval.status is not ApprovalStatus.APPROVED,
            "executed without being consumed": done and approval.consumed_at is None,
            "executed without an intent": done and not intended,
            "executed without its outcome": done and not ended,
            "executed without enough people": done and len(agreed) < approval.quorum,
            "executed over a denial": done and bool(denied),
            "executed too late": done
            and approval.consumed_at is not None
            and approval.consumed_at > approval.act_until,
            "approved by too few": approval.status is ApprovalStatus.APPROVED
            and len(agreed) < approval.quorum,
            "approved over a denial": approval.status is ApprovalStatus.APPROVED and bool(denied),
            "decided after its time": approval.decided_at is not None
            and approval.decided_at > approval.decide_by,
            "decided more than once": self._decisions.get(approval.id, 0) > 1,
            "left open": approval.status is ApprovalStatus.PENDING,
            "consumed, and never done": approval.consumed_at is not None and not ended,
        }
        return [f"approval {approval.id}: {name}" for name, broken in checks.items() if broken]
