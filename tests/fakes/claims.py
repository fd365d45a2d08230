"""What a diagnosis says, for tests: its first candidate, what it cites, which words it uses."""

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.plan import ActionKind


def is_healthy(diagnosis: Diagnosis) -> bool:
    return diagnosis.verdict is DiagnosisVerdict.HEALTHY


def is_found(diagnosis: Diagnosis) -> bool:
    return diagnosis.verdict is DiagnosisVerdict.FOUND


def first(diagnosis: Diagnosis) -> str:
    """The first candidate's service; "" without candidates."""
    return diagnosis.root_cause_candidates[0].service if diagnosis.root_cause_candidates else ""


def claimed(diagnosis: Diagnosis) -> str:
    """The service that is claimed as the cause; "" where none is."""
    return "" if diagnosis.cause is None else diagnosis.cause.service


def confidence_in(diagnosis: Diagnosis, service: str) -> float:
    """The highest stated confidence that the service is the cause; 0.0 where it is no candidate."""
    return max(
        (
            candidate.confidence
            for candidate in diagnosis.root_cause_candidates
            if candidate.service == service
        ),
        default=0.0,
    )


def for_it(diagnosis: Diagnosis) -> set[str]:
    """Ids of everything that supports a candidate."""
    return {
        citation.id
        for candidate in diagnosis.root_cause_candidates
        for citation in (*candidate.evidence, *candidate.speaks_for)
    }


def against(diagnosis: Diagnosis) -> str:
    """Everything that speaks against the first candidate, as ids and words in lower case."""
    citations = (
        citation for candidate in diagnosis.root_cause_candidates[:1] for citation in candidate.speaks_against
    )
    return " ".join(f"{citation.id} {citation.description}" for citation in citations).lower()


def offered(diagnosis: Diagnosis) -> set[ActionKind]:
    """The actions that are offered for any candidate."""
    return {action for candidate in diagnosis.root_cause_candidates for action in candidate.remediation}


def words(diagnosis: Diagnosis) -> str:
    """Everything that the diagnosis says in words, in lower case."""
    texts = [diagnosis.summary, *diagnosis.missing_evidence]
    for candidate in diagnosis.root_cause_candidates:
        texts += [candidate.explanation, *(citation.description for citation in candidate.evidence)]
    return " ".join(texts).lower()
