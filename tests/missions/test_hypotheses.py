"""People's feedback changes a diagnosis and is listed in it, but never counts as evidence."""

from uuid import UUID

import samples as sample

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.event import Diagnosed, Event, Payload
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.hypotheses import hypotheses_of, with_feedback
from missions.mission import Status

OLGA = UUID(int=3)


def candidate(service: str, confidence: float) -> Candidate:
    return Candidate(
        service=service,
        incident_type="latency_degradation",
        confidence=confidence,
        explanation=f"{service} is slow.",
        evidence=(Citation(id=f"{service}/latency", description="slow", before=1.0, after=2.0),),
    )


def diagnosis_of(verdict: DiagnosisVerdict, **confidences: float) -> Diagnosis:
    candidates = tuple(candidate(name, sure) for name, sure in confidences.items())
    return sample.diagnosis(verdict, root_cause_candidates=candidates)


def feedback(service: str, stance: FeedbackKind, reason: str = "") -> Feedback:
    return Feedback(service=service, stance=stance, person=OLGA, name="Olga", reason=reason)


def names(diagnosis: Diagnosis) -> list[str]:
    return [candidate.service for candidate in diagnosis.root_cause_candidates]


def test_without_a_word_it_stays_the_same() -> None:
    diagnosis = diagnosis_of(DiagnosisVerdict.FOUND, web=0.8)
    assert with_feedback(diagnosis, ()) is diagnosis


def test_what_is_ruled_out_leaves_its_probability_to_the_others() -> None:
    """After web is ruled out, the 0.4 of cart in the remaining 0.55 is enough to name it as the cause."""
    revised = with_feedback(
        diagnosis_of(DiagnosisVerdict.INCONCLUSIVE, web=0.45, cart=0.4),
        (feedback("web", FeedbackKind.RULED_OUT, "*drained*"),),
    )
    assert names(revised) == ["cart"]
    assert (revised.verdict, revised.root_cause_candidates[0].confidence) == (DiagnosisVerdict.FOUND, 0.727)
    assert "Ruled out by Olga: web (drained)." in revised.summary
    assert revised.stands[0].service == "web"


def test_what_is_left_may_be_too_little() -> None:
    revised = with_feedback(
        diagnosis_of(DiagnosisVerdict.FOUND, web=0.8, cart=0.05), (feedback("web", FeedbackKind.RULED_OUT),)
    )
    assert (revised.verdict, names(revised)) == (DiagnosisVerdict.INCONCLUSIVE, ["cart"])


def test_nothing_is_left() -> None:
    revised = with_feedback(
        diagnosis_of(DiagnosisVerdict.FOUND, web=0.8), (feedback("web", FeedbackKind.RULED_OUT),)
    )
    assert (revised.verdict, revised.cause) == (DiagnosisVerdict.INCONCLUSIVE, None)
    assert "another cause than those ruled out" in revised.missing_evidence


def test_what_is_pinned_comes_first_with_the_engines_confidence() -> None:
    revised = with_feedback(
        diagnosis_of(DiagnosisVerdict.FOUND, web=0.8, cart=0.1), (feedback("cart", FeedbackKind.PINNED),)
    )
    assert (revised.verdict, names(revised)) == (DiagnosisVerdict.FOUND, ["cart", "web"])
    assert revised.cause is not None
    assert revised.cause.confidence == 0.1


def test_a_pin_is_no_evidence() -> None:
    """A pin without evidence, or in a healthy system, leaves the diagnosis inconclusive."""
    unseen = with_feedback(
        diagnosis_of(DiagnosisVerdict.FOUND, web=0.8),
        (feedback("billing", FeedbackKind.PINNED, "it was billing"),),
    )
    assert (unseen.verdict, names(unseen)) == (DiagnosisVerdict.INCONCLUSIVE, ["billing", "web"])
    assert unseen.root_cause_candidates[0].remediation == ()
    assert unseen.root_cause_candidates[0].evidence[0].description == "Olga pinned: it was billing"
    healthy = with_feedback(
        diagnosis_of(DiagnosisVerdict.HEALTHY, web=0.1), (feedback("web", FeedbackKind.PINNED),)
    )
    assert healthy.verdict is DiagnosisVerdict.INCONCLUSIVE


def test_what_is_added_is_kept_below_what_was_seen() -> None:
    revised = with_feedback(
        diagnosis_of(DiagnosisVerdict.FOUND, web=0.8), (feedback("dns", FeedbackKind.ADDED),)
    )
    assert (revised.verdict, names(revised)) == (DiagnosisVerdict.FOUND, ["web", "dns"])
    assert revised.root_cause_candidates[1].confidence == 0


def test_feedback_is_shown_with_each_candidate_of_its_service() -> None:
    """Also where an external engine names a service twice; feedback on another service follows."""
    diagnosis = sample.diagnosis(root_cause_candidates=(candidate("web", 0.5), candidate("web", 0.3)))
    payloads: tuple[Payload, ...] = (
        Diagnosed(diagnosis=diagnosis),
        FeedbackGiven(stand=feedback("web", FeedbackKind.PINNED)),
        FeedbackGiven(stand=feedback("cart", FeedbackKind.ADDED), round=1),
    )
    events = tuple(
        Event(mission_id=OLGA, seq=seq, key=payload.key, actor="", at=sample.NOON, payload=payload)
        for seq, payload in enumerate(payloads, 1)
    )
    hypotheses = hypotheses_of(OLGA, events, Status.RUNNING).hypotheses
    assert [(item.service, item.stand and item.stand.stance) for item in hypotheses] == [
        ("web", FeedbackKind.PINNED),
        ("web", FeedbackKind.PINNED),
        ("cart", FeedbackKind.ADDED),
    ]
