"""The report names the requester, each vote with its reason and evidence, the actions and their effects."""

from typing import Any
from uuid import UUID

import samples as sample

from adapters.reports.pages import PageReporter
from missions.approval import AfterDenial, ApprovalStatus, VoteChoice
from missions.event import (
    Acted,
    ApprovalClosed,
    ApprovalOpened,
    Created,
    Decided,
    Diagnosed,
    Event,
    Observed,
    Payload,
    Planned,
    Proposed,
    Verified,
    VoteWithdrawn,
)
from missions.evidence import ArtifactRef
from missions.mission import Outcome
from missions.participant import Participant, ParticipantRole
from missions.plan import Phase
from missions.proposal import Alternative, Difference, Receipt, RiskLevel
from missions.verification import AlertCheck, Comparison, Recovery

FIRST, BACK, SECOND = UUID(int=1), UUID(int=2), UUID(int=3)
ANNA, BEN = UUID(int=11), UUID(int=12)


def opened(approval: UUID, status: ApprovalStatus = ApprovalStatus.PENDING) -> ApprovalOpened:
    return ApprovalOpened(
        approval_id=approval,
        status=status,
        action="it",
        action_hash=f"{approval.int}" * 64,
        risk=RiskLevel.MEDIUM,
        quorum=1,
        decide_by=sample.NOON,
        rule="undo-what-did-not-help",
    )


def decided(approval: UUID, answer: VoteChoice, **changes: Any) -> Decided:
    fields = {"person": ANNA, "name": "Anna", "notes": "the evidence fits"} | changes
    return Decided(approval_id=approval, answer=answer, status=ApprovalStatus(answer.value), **fields)


def done(approval: UUID) -> Acted:
    before, after = {"revision": 2, "replicas": 2}, {"revision": 1, "replicas": 2}
    receipt = Receipt(key=str(approval), applied=True, detail="rolled back", before=before, after=after)
    return Acted(approval_id=approval, receipt=receipt)


def verified(approval: UUID, recovery: Recovery) -> Verified:
    compared = Comparison(
        id="payments/latency",
        service="payments",
        metric="latency",
        unit="s",
        normal=0.1,
        incident=2.0,
        after=1.9,
        recovery=recovery,
        limit=0.2,
        samples=21,
        low=1.8,
        high=2.1,
        chance=0.4,
    )
    alerts = (
        AlertCheck(name="LatencyHigh", service="payments", fires=True, recovery=recovery),
        AlertCheck(name="Quiet", service="", fires=False, recovery=Recovery.RECOVERED),
    )
    content = {"comparisons": (compared,), "alerts": alerts}
    verification = sample.verification(recovery).model_copy(update=content)
    return Verified(approval_id=approval, verification=verification)


PICTURES = {
    phase: sample.ref(sha256=digit * 64) for phase, digit in ((Phase.BEFORE, "a"), (Phase.AFTER, "b"))
}
OTHER = Alternative(
    action=sample.proposal().action, words="restart payments", reason="It leaks.", confidence=0.4
)
HISTORY: tuple[Payload, ...] = (
    Created(brief=sample.brief()),
    Planned(plan=sample.plan("overview")),
    Observed(sighting=sample.sighting(screenshot=PICTURES[Phase.BEFORE])),
    Diagnosed(diagnosis=sample.diagnosis()),
    Proposed(proposal=sample.proposal(alternatives=(OTHER,)), verdict=sample.verdict()),
    decided(FIRST, VoteChoice.APPROVED),  # recorded before ApprovalOpened
    opened(FIRST),
    done(FIRST),
    Observed(sighting=sample.sighting(phase=Phase.AFTER, screenshot=PICTURES[Phase.AFTER])),
    verified(FIRST, Recovery.NOT_RECOVERED),
    Proposed(proposal=sample.proposal(undoes=FIRST), verdict=sample.verdict()),
    opened(BACK, ApprovalStatus.APPROVED),
    done(BACK),
    Proposed(
        proposal=sample.proposal(changed=(Difference(field="replicas", now=2, proposed=5),)),
        verdict=sample.verdict(),
    ),
    opened(SECOND),
    decided(SECOND, VoteChoice.APPROVED),
    VoteWithdrawn(
        approval_id=SECOND,
        person=ANNA,
        name="Anna",
        reason="too late at night",
        status=ApprovalStatus.PENDING,
    ),
    decided(
        SECOND,
        VoteChoice.DENIED,
        person=BEN,
        name="Ben <b>",
        notes="<script>x</script>",
        then=AfterDenial.END,
    ),
)


async def written(*payloads: Payload) -> tuple[str, str]:
    events = tuple(
        Event(
            mission_id=UUID(int=9), seq=seq, key=payload.key, actor="agent", at=sample.NOON, payload=payload
        )
        for seq, payload in enumerate(payloads, 1)
    )

    async def load(ref: ArtifactRef) -> bytes:
        return ref.sha256[:4].encode()

    html, markdown = await PageReporter().write(events, Outcome.NOT_RECOVERED, "Still bad.", load)
    return html.decode(), markdown.decode()


async def test_every_attempt_is_in_the_report() -> None:
    """The report has each approval with hash, votes and reasons, each action and each verification."""
    html, markdown = await written(*HISTORY)
    for text in (html, markdown):
        assert "Olga Operator" in text
        for phrase in ("Action: rollback payments", "Undo: rollback payments"):
            assert phrase in text
        assert [f"{approval_id.int}" * 64 in text for approval_id in (FIRST, BACK, SECOND)] == [True] * 3
        for phrase in ("the evidence fits", "restart payments", "withdrew the vote", "too late at night"):
            assert phrase in text
        assert "not recovered" in text
        assert "1.8 s to 2.1 s of 21" in text
        assert "lowest to highest" in text
        assert "Alert LatencyHigh of payments: still fires" in text
        assert "Alert Quiet: does not fire" in text
    assert "by rule undo-what-did-not-help, without a vote" in html
    assert "revision: 2 → 1" in html
    assert "replicas: 2 → 2" not in html
    assert "Changed since the last approval: replicas" in html


async def test_ap12_the_report_says_who_could_not_vote() -> None:
    """Each participant of an approval is named with what they did; their names are text."""
    participant = Participant(person=BEN, name="Ben <b>", role=ParticipantRole.STEERED)
    asked = opened(FIRST).model_copy(update={"participants": (participant,)})
    html, markdown = await written(*HISTORY[:5], asked)
    assert "Ben &lt;b&gt; gave feedback on its hypotheses" in html
    assert "Not entitled to vote: Ben \\<b\\> gave feedback on its hypotheses" in markdown
    assert all("Not entitled" not in text for text in await written(*HISTORY[:5], opened(FIRST)))


async def test_before_and_after_stand_side_by_side() -> None:
    """The pictures before and after of a page are in one row."""
    html, _ = await written(*HISTORY)
    row = html.split('<div class="pair">')[1].split("</div>")[0]
    assert row.count("<img") == 2
    assert row.index("aaaaaaaa") < row.index("bbbbbbbb")


async def test_what_people_wrote_is_text() -> None:
    """Notes and names become neither markup nor a new table row."""
    html, markdown = await written(*HISTORY)
    assert "<script>" not in html
    assert "Ben &lt;b&gt;" in html
    assert "\\<script\\>" in markdown


async def test_a_question_that_ended_unanswered() -> None:
    """The heading says how an approval without a vote ended."""
    closed = ApprovalClosed(approval_id=FIRST, status=ApprovalStatus.EXPIRED)
    html, _ = await written(*HISTORY[:5], opened(FIRST), closed)
    assert "expired</span>" in html
    refused, _ = await written(*HISTORY[:5])
    assert "refused by the policy" in refused
