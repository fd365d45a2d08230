"""A mission records hypotheses as pages come in, visits pages again, and accepts feedback from people."""

import asyncio
from collections.abc import Awaitable, Callable

import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission

from activities.ports import VisitResult
from missions.approval import ApprovalStatus, VoteChoice
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.event import Diagnosed, Hypothesized, Observed
from missions.evidence import PanelState
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.mission import Outcome
from missions.plan import Phase, Visit
from missions.proposal import Effect, RiskLevel

Start = Callable[..., Awaitable[RunningMission]]


def unsure() -> Diagnosis:
    """An inconclusive diagnosis with payments as its candidate."""
    (cause,) = sample.diagnosis().root_cause_candidates
    return sample.diagnosis(
        DiagnosisVerdict.INCONCLUSIVE, root_cause_candidates=(cause.model_copy(update={"confidence": 0.4}),)
    )


async def give_feedback(mission: RunningMission, stance: FeedbackKind, round_: int = 0) -> None:
    """Stores the feedback and then signals the workflow, as the API does."""
    feedback = Feedback(
        service=sample.SERVICE, stance=stance, person=sample.REQUESTER, name="Olga Operator", reason="I know"
    )
    brief = mission.brief
    journal = mission.world.journal
    await journal.append(
        brief.org, brief.mission_id, "olga@example.org", FeedbackGiven(stand=feedback, round=round_)
    )
    await mission.handle.signal("hypotheses_steered")


def diagnosed(mission: RunningMission) -> list[Diagnosis]:
    payloads = mission.world.journal.payloads(mission.brief.mission_id)
    return [payload.diagnosis for payload in payloads if isinstance(payload, Diagnosed)]


async def test_hypotheses_are_told_while_pages_are_looked_at(start: Start, world: MemoryWorld) -> None:
    """The first page leads to a hypothesis before the second is visited; the diagnosis uses both."""
    first_recorded = asyncio.Event()
    open_page = world.observer.visit

    async def slow_payments(visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        if visit.target.id == sample.target("payments").id and visit.phase is Phase.BEFORE:
            async with asyncio.timeout(30):
                await first_recorded.wait()
        return await open_page(visit, progress)

    world.observer.visit = slow_payments  # type: ignore[method-assign]  # one page opens later
    mission = await start()
    hypothesized = await world.journal.until(
        mission.brief.mission_id, lambda first: isinstance(first, Hypothesized)
    )
    assert isinstance(hypothesized, Hypothesized)
    assert (hypothesized.pages, hypothesized.diagnosis) == (1, sample.diagnosis())
    first_recorded.set()
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert [len(evidence) for evidence in world.diagnoser.evidence[:2]] == [1, 2]


async def test_looked_again(start: Start, world: MemoryWorld) -> None:
    """If the diagnosis is unsure, only a page with an unready panel is visited again, at most twice."""
    seen = sample.sighting("payments", state=PanelState.PARTIAL)
    world.diagnoser.diagnosis = unsure()
    open_page = world.observer.visit

    async def half(visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        result = await open_page(visit, progress)
        partial = visit.target.id == seen.target
        return VisitResult(seen, result.picture, result.evidence) if partial else result

    world.observer.visit = half  # type: ignore[method-assign]  # a page with a panel that stays empty
    mission = await start()
    assert await mission.end() is Outcome.INCONCLUSIVE
    payloads = world.journal.payloads(mission.brief.mission_id)
    looks = [payload.sighting.target for payload in payloads if isinstance(payload, Observed)]
    # Equal observations are one event, but each visit was made.
    assert sorted(set(looks)) == ["shop/overview", "shop/payments"]
    assert [visit.target.id for visit in world.observer.visits].count("shop/payments") == 3
    assert [visit.target.id for visit in world.observer.visits].count("shop/overview") == 1


async def test_ruled_out_while_asking(start: Start, world: MemoryWorld) -> None:
    """If the cause of an open approval is ruled out, it is withdrawn, and the summary names the person."""
    mission = await start()
    await mission.asked()
    await give_feedback(mission, FeedbackKind.RULED_OUT)
    assert await mission.end() is Outcome.INCONCLUSIVE
    assert mission.approval.status is ApprovalStatus.CANCELLED
    first, last = diagnosed(mission)
    assert (first.verdict, first.stands) == (DiagnosisVerdict.FOUND, ())
    assert (last.verdict, last.root_cause_candidates) == (DiagnosisVerdict.INCONCLUSIVE, ())
    assert "Ruled out by Olga Operator: payments (I know)." in last.summary
    assert world.actuator.effects == []


async def test_pinned(start: Start, world: MemoryWorld) -> None:
    """A pinned cause that the engine did not claim is proposed, and needs a vote even if a rule allows it."""
    world.diagnoser.diagnosis = unsure()
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    world.diagnoser.gate.shut()
    mission = await start()
    await world.diagnoser.gate.reached()
    await give_feedback(mission, FeedbackKind.PINNED)
    world.diagnoser.gate.open()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    cause = diagnosed(mission)[-1].cause
    assert cause is not None
    assert (cause.service, cause.confidence) == (sample.SERVICE, 0.4)
    assert not mission.approval.by_rule
