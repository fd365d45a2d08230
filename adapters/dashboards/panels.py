from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, FiniteFloat

from adapters.dashboards.marks import Marks
from adapters.dashboards.page_responses import PageResponse
from missions.evidence import Origin, PanelObservation, PanelState

_REASON = 200


class PanelBox(BaseModel):
    """Where a panel is on the whole page, in CSS pixels from its top left."""

    x: FiniteFloat
    y: FiniteFloat
    width: FiniteFloat
    height: FiniteFloat


class Marked(BaseModel):
    """A panel as the page marks it; `text` is the page's own error text."""

    id: str
    title: str
    state: str
    text: str
    box: PanelBox


class Seen(BaseModel):
    """What a page's own script says is on it."""

    panels: tuple[Marked, ...]

    @property
    def span(self) -> tuple[float, float]:
        """Between which heights (pixels) its panels are; (0, 0) without any."""
        places = [panel.box for panel in self.panels]
        bottom = max((place.y + place.height for place in places), default=0.0)
        return max(0.0, min((place.y for place in places), default=0.0)), bottom


def judge(
    wanted: Sequence[str],
    marked: Mapping[str, Marked],
    answers: Iterable[PageResponse],
    marks: Marks,
    waited: float,
) -> tuple[PanelObservation, ...]:
    """What is proven about each wanted panel (each that is there, if none is named), in that order."""
    by_panel: dict[str, list[PageResponse]] = {}
    for answer in answers:
        by_panel.setdefault(answer.panel, []).append(answer)
    return tuple(
        _judge(id_, marked.get(id_), by_panel.get(id_, []), marks, waited) for id_ in wanted or marked
    )


def _judge(
    id_: str, panel: Marked | None, answers: Sequence[PageResponse], marks: Marks, waited: float
) -> PanelObservation:
    samples = sum(answer.extract.samples for answer in answers)
    state, reason = _state(panel, answers, marks, waited, samples)
    return PanelObservation(
        id=id_,
        title=panel.title if panel else id_,
        state=state,
        reason=_plain(reason),
        samples=samples,
        origin=_origin(answers) if samples else None,
    )


def _origin(answers: Sequence[PageResponse]) -> Origin:
    """Of all its numbers the path that is trusted least."""
    order = list(Origin)
    return max((one.origin for one in answers if one.extract.samples), key=order.index)


def _state(
    panel: Marked | None, answers: Sequence[PageResponse], marks: Marks, waited: float, samples: int
) -> tuple[PanelState, str]:
    failure = next((answer.problem for answer in answers if answer.failed), "")
    problem = next((answer.problem for answer in answers if answer.problem), "")
    by_api = any(answer.origin is Origin.API and answer.extract.samples for answer in answers)
    if panel is None:
        return PanelState.ERROR, f"there is no such panel on the page after {waited:g} s"
    if panel.state == marks.error_value:
        return PanelState.ERROR, "; ".join(
            text for text in (failure or problem, _own_words(panel)) if text
        ) or "the panel says so"
    if panel.state not in {marks.ready_value, marks.empty_value}:
        return PanelState.PARTIAL, "; ".join(
            [f"still loading after {waited:g} s", *([problem] if problem else [])]
        )
    if failure:
        return PanelState.ERROR, failure
    if by_api:
        return PanelState.READY, f"its numbers came by API: {problem or 'the page did not ask for them'}"
    if problem:
        return PanelState.PARTIAL, problem
    if panel.state == marks.empty_value:
        return PanelState.EMPTY, "the panel says that it is empty"
    if not answers:
        return PanelState.PARTIAL, "the panel says that it is ready, but no answer to its query was seen"
    return (PanelState.READY, "") if samples else (PanelState.EMPTY, "its query was answered without a value")


def overall(panels: Sequence[PanelObservation]) -> tuple[PanelState, str]:
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


def _own_words(panel: Marked) -> str:
    """A panel's text without the heading that most begin with."""
    return panel.text.strip().removeprefix(panel.title).strip()


def _plain(text: str) -> str:
    """A page's words on one line, cut: they are data."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_REASON]
