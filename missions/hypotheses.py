"""What a mission holds for possible, and what people say about it."""

from collections.abc import Iterable
from uuid import UUID

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.event import Diagnosed, Event, Hypothesized
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.frozen_model import FrozenModel
from missions.mission import Status
from missions.plain import plain

_SURE = 0.5  # confidence from which a candidate is claimed, once people ruled others out
_VERBS = {FeedbackKind.PINNED: "Pinned", FeedbackKind.RULED_OUT: "Ruled out", FeedbackKind.ADDED: "Added"}


class Hypothesis(FrozenModel):
    """A service as the possible cause: what the engine says, and what people say; either may be missing."""

    service: str
    candidate: Candidate | None = None
    stand: Feedback | None = None


class Hypotheses(FrozenModel):
    """All of a mission, likeliest first; `settled`: it is the diagnosis, `open`: people may still steer."""

    mission_id: UUID
    hypotheses: tuple[Hypothesis, ...]
    verdict: DiagnosisVerdict | None = None
    missing_evidence: tuple[str, ...] = ()
    settled: bool = False
    open: bool = True
    last_seq: int = 0


def feedback_of(events: Iterable[Event]) -> tuple[Feedback, ...]:
    """What people say now: the last word about each service, in the order in which it was said."""
    latest: dict[str, Feedback] = {}
    for event in events:
        if isinstance(event.payload, FeedbackGiven):
            stand = event.payload.stand
            latest.pop(stand.service, None)
            if stand.stance is not FeedbackKind.OPEN:
                latest[stand.service] = stand
    return tuple(latest.values())


def hypotheses_of(mission_id: UUID, events: tuple[Event, ...], status: Status) -> Hypotheses:
    """The newest answer of the engine with what people say, from a mission's events."""
    stands = {one.service: one for one in feedback_of(events)}
    answers = [one.payload for one in events if isinstance(one.payload, Diagnosed | Hypothesized)]
    newest = answers[-1] if answers else None
    candidates = newest.diagnosis.root_cause_candidates if newest else ()
    told = [
        Hypothesis(service=one.service, candidate=one, stand=stands.get(one.service)) for one in candidates
    ]
    seen = {one.service for one in candidates}
    told += [Hypothesis(service=one.service, stand=one) for one in stands.values() if one.service not in seen]
    return Hypotheses(
        mission_id=mission_id,
        hypotheses=tuple(told),
        verdict=newest.diagnosis.verdict if newest else None,
        missing_evidence=newest.diagnosis.missing_evidence if newest else (),
        settled=isinstance(newest, Diagnosed),
        open=not status.is_terminal,
        last_seq=events[-1].seq if events else 0,
    )


def with_feedback(diagnosis: Diagnosis, stands: tuple[Feedback, ...]) -> Diagnosis:
    """The diagnosis as people steered it, which says so.

    What is ruled out is no candidate, and its probability goes to the others. What is pinned comes first;
    it is a cause only where the engine has evidence for it. Without stands it is the same diagnosis.
    """
    if not stands:
        return diagnosis
    out = {one.service for one in stands if one.stance is FeedbackKind.RULED_OUT}
    candidates = _without(diagnosis.root_cause_candidates, out)
    known = {one.service for one in candidates}
    wanted = [one for one in stands if one.stance is not FeedbackKind.RULED_OUT]
    candidates += tuple(_said(one) for one in wanted if one.service not in known)
    pinned = [one.service for one in stands if one.stance is FeedbackKind.PINNED]
    candidates = tuple(
        sorted(candidates, key=lambda one: -pinned.index(one.service) if one.service in pinned else 1)
    )
    verdict, missing = _judged(diagnosis, candidates, known, pinned, out)
    words = [
        f"{_VERBS[one.stance]} by {plain(one.name)}: {plain(one.service)}"
        + (f" ({plain(one.reason)})." if one.reason.strip() else ".")
        for one in stands
    ]
    headline = _headline(diagnosis.verdict, verdict, candidates)
    told = [" ".join(words), *([headline] if headline else []), diagnosis.summary]
    return diagnosis.model_copy(
        update={
            "verdict": verdict,
            "summary": "\n\n".join(told),
            "root_cause_candidates": candidates,
            "missing_evidence": (*diagnosis.missing_evidence, *missing),
            "stands": stands,
        }
    )


def _without(candidates: tuple[Candidate, ...], out: set[str]) -> tuple[Candidate, ...]:
    """Those that are left, each as likely as it is once the others are known not to be it."""
    gone = min(sum(one.confidence for one in candidates if one.service in out), 0.99)
    return tuple(
        one.model_copy(update={"confidence": round(min(one.confidence / (1 - gone), 0.99), 3)})
        for one in candidates
        if one.service not in out
    )


def _said(stand: Feedback) -> Candidate:
    """A candidate for which only a person speaks: that is its citation, and it has no remedy."""
    told = f"{plain(stand.name)} {stand.stance}: {plain(stand.reason) or 'no reason given'}"
    name = plain(stand.service)
    return Candidate(
        service=stand.service,
        incident_type="unknown",
        confidence=0.0,
        explanation=f"{name} was named by {plain(stand.name)}; nothing that was seen shows it.",
        evidence=(Citation(id=f"person/{stand.person}", description=told),),
    )


def _judged(
    diagnosis: Diagnosis, candidates: tuple[Candidate, ...], known: set[str], pinned: list[str], out: set[str]
) -> tuple[DiagnosisVerdict, tuple[str, ...]]:
    """The verdict, and what is missing because of what people say."""
    if not candidates:
        return (
            (DiagnosisVerdict.INCONCLUSIVE, ("another cause than those ruled out",))
            if out
            else (diagnosis.verdict, ())
        )
    first = candidates[0]
    if first.service in pinned:
        if diagnosis.verdict is DiagnosisVerdict.HEALTHY or first.service not in known:
            return DiagnosisVerdict.INCONCLUSIVE, (f"evidence that {plain(first.service)} is the cause",)
        return DiagnosisVerdict.FOUND, ()
    if not out & {one.service for one in diagnosis.root_cause_candidates}:
        return diagnosis.verdict, ()
    if diagnosis.verdict is DiagnosisVerdict.HEALTHY:
        return DiagnosisVerdict.HEALTHY, ()
    return (DiagnosisVerdict.FOUND if first.confidence >= _SURE else DiagnosisVerdict.INCONCLUSIVE), ()


def _headline(was: DiagnosisVerdict, now: DiagnosisVerdict, candidates: tuple[Candidate, ...]) -> str:
    if now is DiagnosisVerdict.FOUND:
        return f"With that it most likely began in {plain(candidates[0].service)}. The engine by itself said:"
    return "The engine by itself said:" if was is not now else ""
