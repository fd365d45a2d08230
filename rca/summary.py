"""The summary of a diagnosis in markdown."""

from collections.abc import Iterable

from missions.diagnosis import Candidate
from missions.plain import plain

_MIN_SHOWN = 0.01  # a smaller confidence is not shown as a number


def summary_of(candidates: Iterable[Candidate], missing: tuple[str, ...], headline: str) -> str:
    """The headline, the candidates with the ids of their evidence, and the missing evidence."""
    paragraphs = [headline]
    for place, candidate in enumerate(candidates, 1):
        ids = ", ".join(f"`{plain(citation.id)}`" for citation in candidate.evidence)
        confidence = f"{candidate.confidence:.0%}" if candidate.confidence >= _MIN_SHOWN else "below 1%"
        paragraphs.append(
            f"{place}. **{plain(candidate.service)}** ({confidence}): {candidate.explanation} Evidence: {ids}"
        )
    if missing:
        paragraphs.append("Missing: " + "; ".join(missing) + ".")
    return "\n\n".join(paragraphs)
