"""A mission's hypotheses, and people's feedback on them."""

from collections.abc import Iterable
from uuid import UUID

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.event import Diagnosed, Event, Hypothesized
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.frozen_model import FrozenModel
from missions.mission import Status
from missions.plain import plain

_MIN_CLAIM = 0.5  # confidence from which a candidate is claimed after people ruled out others
_VERBS = {FeedbackKind.PINNED: "Pinned", FeedbackKind.RULED_OUT: "Ruled out", FeedbackKind.ADDED: "Added"}


class Hypothesis(FrozenModel):
    """A service as the possible cause: the engine's candidate, people's feedback, or both."""

    service: str
    candidate: Candidate | None = None
    stand: Feedback | None = None


class Hypotheses(FrozenModel):
    """A mission's hypotheses, likeliest first. `settled`: as in the diagnosis; `open`: takes feedback."""

    mission_id: UUID
    hypotheses: tuple[Hypothesis, ...]
    verdict: DiagnosisVerdict | None = None
    missing_evidence: tuple[str, ...] = ()
    settled: bool = False
    open: bool = True
    last_seq: int = 0


def feedback_of(events: Iterable[Event]) -> tuple[Feedback, ...]:
    """The latest feedback on each service, in the order in which it was given."""
    latest: dict[str, Feedback] = {}
    for event in events:
        if isinstance(event.payload, FeedbackGiven):
            feedback = event.payload.stand
            latest.pop(feedback.service, None)
            if feedback.stance is not FeedbackKind.OPEN:
                latest[feedback.service] = feedback
    return tuple(latest.values())


def hypotheses_of(mission_id: UUID, events: tuple[Event, ...], status: Status) -> Hypotheses:
    """The newest diagnosis with people's feedback, from a mission's events."""
    by_service = {feedback.service: feedback for feedback in feedback_of(events)}
    diagnosed = [event.payload for event in events if isinstance(event.payload, Diagnosed | Hypothesized)]
    newest = diagnosed[-1] if diagnosed else None
    candidates = newest.diagnosis.root_cause_candidates if newest else ()
    hypotheses = [
        Hypothesis(service=candidate.service, candidate=candidate, stand=by_service.get(candidate.service))
        for candidate in candidates
    ]
    named = {candidate.service for candidate in candidates}
    hypotheses += [
        Hypothesis(service=service, stand=feedback)
        for service, feedback in by_service.items()
        if service not in named
    ]
    return Hypotheses(
        mission_id=mission_id,
        hypotheses=tuple(hypotheses),
        verdict=newest.diagnosis.verdict if newest else None,
        missing_evidence=newest.diagnosis.missing_evidence if newest else (),
        settled=isinstance(newest, Diagnosed),
        open=not status.is_terminal,
        last_seq=events[-1].seq if events else 0,
    )


def with_feedback(diagnosis: Diagnosis, feedback: tuple[Feedback, ...]) -> Diagnosis:
    """The diagnosis after people's feedback; its summary says so.

    A service that was ruled out is no candidate, and its probability is shared among the others. A pinned
    service comes first, but is a cause only if the engine has evidence for it. Without feedback the diagnosis
    stays the same.
    """
    if not feedback:
        return diagnosis
    ruled_out = {item.service for item in feedback if item.stance is FeedbackKind.RULED_OUT}
    candidates = _without(diagnosis.root_cause_candidates, ruled_out)
    with_evidence = {candidate.service for candidate in candidates}
    candidates += tuple(
        _candidate_of(item)
        for item in feedback
        if item.stance is not FeedbackKind.RULED_OUT and item.service not in with_evidence
    )
    pinned = [item.service for item in feedback if item.stance is FeedbackKind.PINNED]
    candidates = tuple(
        sorted(
            candidates,
            key=lambda candidate: -pinned.index(candidate.service) if candidate.service in pinned else 1,
        )
    )
    verdict, missing = _verdict(diagnosis, candidates, with_evidence, pinned, ruled_out)
    words = [
        f"{_VERBS[item.stance]} by {plain(item.name)}: {plain(item.service)}"
        + (f" ({plain(item.reason)})." if item.reason.strip() else ".")
        for item in feedback
    ]
    headline = _headline(diagnosis.verdict, verdict, candidates)
    paragraphs = [" ".join(words), *([headline] if headline else []), diagnosis.summary]
    return diagnosis.model_copy(
        update={
            "verdict": verdict,
            "summary": "\n\n".join(paragraphs),
            "root_cause_candidates": candidates,
            "missing_evidence": (*diagnosis.missing_evidence, *missing),
            "stands": feedback,
        }
    )


def _without(candidates: tuple[Candidate, ...], ruled_out: set[str]) -> tuple[Candidate, ...]:
    """The remaining candidates, with probabilities conditional on the others not being the cause."""
    removed = min(sum(item.confidence for item in candidates if item.service in ruled_out), 0.99)
    return tuple(
        item.model_copy(update={"confidence": round(min(item.confidence / (1 - removed), 0.99), 3)})
        for item in candidates
        if item.service not in ruled_out
    )


def _candidate_of(feedback: Feedback) -> Candidate:
    """A candidate without evidence: the person's feedback is its citation, and it has no remedy."""
    description = f"{plain(feedback.name)} {feedback.stance}: {plain(feedback.reason) or 'no reason given'}"
    name = plain(feedback.service)
    return Candidate(
        service=feedback.service,
        incident_type="unknown",
        confidence=0.0,
        explanation=f"{name} was named by {plain(feedback.name)}; no evidence shows it.",
        evidence=(Citation(id=f"person/{feedback.person}", description=description),),
    )


def _verdict(
    diagnosis: Diagnosis,
    candidates: tuple[Candidate, ...],
    with_evidence: set[str],
    pinned: list[str],
    ruled_out: set[str],
) -> tuple[DiagnosisVerdict, tuple[str, ...]]:
    """The verdict after feedback, and the evidence that is missing for it."""
    if not candidates:
        return (
            (DiagnosisVerdict.INCONCLUSIVE, ("another cause than those ruled out",))
            if ruled_out
            else (diagnosis.verdict, ())
        )
    first = candidates[0]
    if first.service in pinned:
        if diagnosis.verdict is DiagnosisVerdict.HEALTHY or first.service not in with_evidence:
            return DiagnosisVerdict.INCONCLUSIVE, (f"evidence that {plain(first.service)} is the cause",)
        return DiagnosisVerdict.FOUND, ()
    if not ruled_out & {candidate.service for candidate in diagnosis.root_cause_candidates}:
        return diagnosis.verdict, ()
    if diagnosis.verdict is DiagnosisVerdict.HEALTHY:
        return DiagnosisVerdict.HEALTHY, ()
    return (DiagnosisVerdict.FOUND if first.confidence >= _MIN_CLAIM else DiagnosisVerdict.INCONCLUSIVE), ()


def _headline(engine: DiagnosisVerdict, verdict: DiagnosisVerdict, candidates: tuple[Candidate, ...]) -> str:
    if verdict is DiagnosisVerdict.FOUND:
        service = plain(candidates[0].service)
        return f"With this feedback the cause is most likely in {service}. The engine alone says:"
    return "The engine alone says:" if engine is not verdict else ""
