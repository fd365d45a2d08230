"""What is proven about each panel, and about the page as a whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.dashboards.page.readiness import PanelElement
from adapters.dashboards.page.responses import PageResponse
from adapters.dashboards.page.signs import EMPTY, ERROR, READY, UNSIGNED, WHOLE_PAGE
from missions.evidence import Origin, PanelObservation, PanelState

_REASON_LENGTH = 200
BY_QUIET = "it shows no sign of its state, and the page is quiet"
"""The weakest reason for being ready."""


@dataclass(frozen=True)
class PanelFacts:
    """What is known of panels before they are judged.

    `seconds` is how long they had to load, `has_queries` whether one asks (None: not known), `absence` why
    the page cannot show one ("": it may), `quiet` whether the page has stopped asking.
    """

    seconds: float
    has_queries: Callable[[str], bool | None]
    absence: Callable[[str], str]
    quiet: bool = False


def observe_panels(
    wanted: Sequence[str],
    elements: Mapping[str, PanelElement],
    responses: Iterable[PageResponse],
    facts: PanelFacts,
) -> tuple[PanelObservation, ...]:
    """What is proven about each wanted panel, in that order; of every panel of the page if none is named."""
    by_panel: dict[str, list[PageResponse]] = {}
    for response in responses:
        by_panel.setdefault(response.panel, []).append(response)
    return tuple(
        _observe(panel_id, elements.get(panel_id), by_panel.get(panel_id, []), facts)
        for panel_id in wanted or elements
    )


def _observe(
    panel_id: str,
    panel: PanelElement | None,
    responses: Sequence[PageResponse],
    facts: PanelFacts,
) -> PanelObservation:
    samples = sum(response.decoded.samples for response in responses)
    state, reason = _state(panel_id, panel, responses, facts, samples)
    return PanelObservation(
        id=panel_id,
        title=panel.title if panel else panel_id,
        state=state,
        reason=_one_line(reason),
        samples=samples,
        origin=_origin(responses) if samples else None,
    )


def _origin(responses: Sequence[PageResponse]) -> Origin:
    """The least trusted of the paths by which the numbers came."""
    order = list(Origin)
    return max((response.origin for response in responses if response.decoded.samples), key=order.index)


def _state(
    panel_id: str,
    panel: PanelElement | None,
    responses: Sequence[PageResponse],
    facts: PanelFacts,
    samples: int,
) -> tuple[PanelState, str]:
    failure = next((response.problem for response in responses if response.failed), "")
    problem = next((response.problem for response in responses if response.problem), "")
    by_api = any(response.origin is Origin.API and response.decoded.samples for response in responses)
    if panel is None:
        return PanelState.ERROR, facts.absence(panel_id) or (
            f"there is no such panel on the page after {facts.seconds:g} s"
        )
    is_quiet = panel.state == UNSIGNED and facts.quiet
    basis = BY_QUIET if is_quiet else ""
    if panel.state == ERROR:
        return PanelState.ERROR, "; ".join(
            text for text in (failure or problem, _error_text(panel)) if text
        ) or "the panel says so"
    if panel.state not in {READY, EMPTY} and not is_quiet:
        return PanelState.PARTIAL, "; ".join(
            [f"still loading after {facts.seconds:g} s", *([problem] if problem else [])]
        )
    if failure:
        return PanelState.ERROR, failure
    if by_api:
        return PanelState.READY, f"its numbers came by API: {problem or 'the page did not ask for them'}"
    if problem:
        return PanelState.PARTIAL, problem
    if panel.state == EMPTY:
        return PanelState.EMPTY, "the panel says that it is empty"
    if not responses:
        return _by_picture(panel_id, facts, basis)
    return (
        (PanelState.READY, basis) if samples else (PanelState.EMPTY, "its query was answered without a value")
    )


def _by_picture(panel_id: str, facts: PanelFacts, basis: str) -> tuple[PanelState, str]:
    """The state of a drawn panel of which no answer was seen."""
    if panel_id == WHOLE_PAGE and basis:
        return PanelState.PARTIAL, "no panel is marked, so the page is pictured as a whole: name its panels"
    if facts.has_queries(panel_id) is False:
        return PanelState.READY, basis
    return PanelState.PARTIAL, "the panel says that it is ready, but no answer to its query was seen"


def page_state(panels: Sequence[PanelObservation]) -> tuple[PanelState, str]:
    """The state of the page. Empty panels beside ready ones are normal: an error log should be empty."""
    states = {panel.state for panel in panels}
    reason = "; ".join(
        f"{panel.id}: {panel.reason}" for panel in panels if panel.state is not PanelState.READY
    )
    if not panels:
        return PanelState.ERROR, "no panel was found on the page"
    if len(states) == 1:
        return states.pop(), reason
    whole = states <= {PanelState.READY, PanelState.EMPTY}
    return (PanelState.READY if whole else PanelState.PARTIAL), reason


def _error_text(panel: PanelElement) -> str:
    """The panel's text without its title, with which most panels begin."""
    return panel.text.strip().removeprefix(panel.title).strip()


def _one_line(text: str) -> str:
    """Text of the page on one line, without control characters, at most 200 characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())[
        :_REASON_LENGTH
    ]
