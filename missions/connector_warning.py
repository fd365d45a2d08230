"""What does not work about a registered connector, although nothing is wrong with its form."""

from enum import StrEnum

from missions.frozen_model import FrozenModel


class WarningKind(StrEnum):
    """What does not work.

    `WAITS` end before a visit can prove anything, `MEANING` is not known, `WINDOW` is shorter than what a
    query looks back, `STEP` is longer than the window, `QUERY` cannot be read.
    """

    WAITS = "waits"
    MEANING = "meaning"
    WINDOW = "window"
    STEP = "step"
    QUERY = "query"


class ConnectorWarning(FrozenModel):
    """One thing that does not work. `text` says it in English, the other fields in figures (seconds).

    `looks` are the times of the visits after an action; `range_seconds` is how long the panels' queries look
    back, `proof_seconds` how long a proof takes, `longest_proof_seconds` how long a mission waits for one if
    that is not enough. What does not belong to the kind is None or empty.
    """

    kind: WarningKind
    text: str
    page: str = ""
    panels: tuple[str, ...] = ()
    reason: str = ""
    looks: tuple[float, ...] = ()
    range_seconds: float | None = None
    window_seconds: float | None = None
    step_seconds: float | None = None
    proof_seconds: float | None = None
    longest_proof_seconds: float | None = None
