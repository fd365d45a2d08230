"""People steer a diagnosis; it says so, and claims nothing without evidence."""

from uuid import UUID

import samples as sample

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.feedback import Feedback, FeedbackKind
from missions.hypotheses import with_feedback

OLGA = UUID(int=3)


def candidate(service: str, confidence: float) -> Candidate:
    return Candidate(
        service=service,
        incident_type="latency_degradation",
        confidence=confidence,
        explanation=f"{service} is slow.",
        evidence=(Citation(id=f"{service}/latency", description="slow", before=1.0, after=2.0),),
    )


def found(verdict: DiagnosisVerdict, **confidences: float) -> Diagnosis:
    candidates = tuple(candidate(name, sure) for name, sure in confidences.items())
    return sample.diagnosis(verdict, root_cause_candidates=candidates)


def stand(service: str, stance: FeedbackKind, reason: str = "") -> Feedback:
    return Feedback(service=service, stance=stance, person=OLGA, name="Olga", reason=reason)


def names(diagnosis: Diagnosis) -> list[str]:
    return [candidate.service for candidate in diagnosis.root_cause_candidates]


def test_without_a_word_it_stays_the_same() -> None:
    diagnosis = found(DiagnosisVerdict.FOUND, web=0.8)
    assert with_feedback(diagnosis, ()) is diagnosis


def test_what_is_ruled_out_leaves_its_probability_to_the_others() -> None:
    """0.45 of the 0.55 that are left is sure enough; the one that was ruled out is no candidate."""
    steered = with_feedback(
        found(DiagnosisVerdict.INCONCLUSIVE, web=0.45, cart=0.4),
        (stand("web", FeedbackKind.RULED_OUT, "*drained*"),),
    )
    assert names(steered) == ["cart"]
    assert (steered.verdict, steered.root_cause_candidates[0].confidence) == (DiagnosisVerdict.FOUND, 0.727)
    assert "Ruled out by Olga: web (drained)." in steered.summary
    assert steered.stands[0].service == "web"


def test_what_is_left_may_be_too_little() -> None:
    steered = with_feedback(
        found(DiagnosisVerdict.FOUND, web=0.8, cart=0.05), (stand("web", FeedbackKind.RULED_OUT),)
    )
    assert (steered.verdict, names(steered)) == (DiagnosisVerdict.INCONCLUSIVE, ["cart"])


def test_nothing_is_left() -> None:
    steered = with_feedback(found(DiagnosisVerdict.FOUND, web=0.8), (stand("web", FeedbackKind.RULED_OUT),))
    assert (steered.verdict, steered.cause) == (DiagnosisVerdict.INCONCLUSIVE, None)
    assert "another cause than those ruled out" in steered.missing_evidence


def test_what_is_pinned_comes_first_with_the_engines_confidence() -> None:
    steered = with_feedback(
        found(DiagnosisVerdict.FOUND, web=0.8, cart=0.1), (stand("cart", FeedbackKind.PINNED),)
    )
    assert (steered.verdict, names(steered)) == (DiagnosisVerdict.FOUND, ["cart", "web"])
    assert steered.cause is not None
    assert steered.cause.confidence == 0.1


def test_a_pin_is_no_evidence() -> None:
    """Where the engine saw nothing of it, or nothing at all wrong, no cause is claimed."""
    unseen = with_feedback(
        found(DiagnosisVerdict.FOUND, web=0.8), (stand("billing", FeedbackKind.PINNED, "it was billing"),)
    )
    assert (unseen.verdict, names(unseen)) == (DiagnosisVerdict.INCONCLUSIVE, ["billing", "web"])
    assert unseen.root_cause_candidates[0].remediation == ()
    assert unseen.root_cause_candidates[0].evidence[0].description == "Olga pinned: it was billing"
    well = with_feedback(found(DiagnosisVerdict.HEALTHY, web=0.1), (stand("web", FeedbackKind.PINNED),))
    assert well.verdict is DiagnosisVerdict.INCONCLUSIVE


def test_what_is_added_is_kept_below_what_was_seen() -> None:
    steered = with_feedback(found(DiagnosisVerdict.FOUND, web=0.8), (stand("dns", FeedbackKind.ADDED),))
    assert (steered.verdict, names(steered)) == (DiagnosisVerdict.FOUND, ["web", "dns"])
    assert steered.root_cause_candidates[1].confidence == 0
