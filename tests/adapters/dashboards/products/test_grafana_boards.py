"""Boards of Grafana as people have them: each panel is found, and ready by its own answer."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract_grafana import ContractGrafana, Version, serving

from adapters.dashboards.page.observer import DashboardObserver
from missions.evidence import PanelState
from missions.plan import Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
OLD: Version = (7, 5)
REFUSED = {"status": "error", "errorType": "bad_data", "error": "1:6: parse error: unexpected end of input"}


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def matrix(value: float) -> dict[str, Any]:
    """An answer with two samples."""
    values = [[BEGIN.timestamp() + 60, str(value)], [BEGIN.timestamp() + 120, str(value)]]
    return {
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {"service": "x"}, "values": values}]},
    }


def vector(value: float) -> dict[str, Any]:
    """An answer to a question about one moment."""
    result = [{"metric": {"service": "x"}, "value": [BEGIN.timestamp() + 120, str(value)]}]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def board() -> ContractGrafana:
    """Copies of a panel, equal titles, no title, one query twice, a text, a collapsed row, and others."""
    panels = [
        {"id": 1, "title": "Requests", "expr": "sum(requests) "},
        {"id": 2, "title": "Requests", "expr": "sum(requests)"},
        {"id": 3, "title": "", "expr": "untitled"},
        {"id": 4, "title": "Load of east", "template": "Load of $site", "expr": 'load{site="$site"}'},
        {"id": 5, "title": "Load of west", "expr": 'load{site="west"}', "copy": True},
        {"id": 6, "title": "Old graph", "expr": "late", "late": 900},
        {"id": 7, "title": "Now", "expr": "now", "instant": True},
        {"id": 8, "title": "Read me", "text": "Who to call"},
        {"id": 9, "title": "Refused", "expr": "refused"},
        {"id": 10, "title": "The same again", "expr": "", "shared": True},
        {"id": 11, "title": "Inside", "expr": "inside", "row": "Details"},
    ]
    answers = {
        "sum(requests) ": matrix(1),
        "sum(requests)": matrix(2),
        "untitled": matrix(3),
        'load{site="$site"}': matrix(4),
        'load{site="west"}': matrix(5),
        "late": matrix(6),
        "now": vector(7),
        "refused": REFUSED,
    }
    return ContractGrafana(OLD, panels, answers)


async def test_every_panel_of_a_board_is_seen(observer: DashboardObserver, visit_page: VisitPage) -> None:
    """Ten panels in a page that scrolls inside an element, each with its own number, title and place."""
    async with serving(board()) as grafana:
        result = await observer.visit(visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop"), ignore)
    panels = {panel.id: panel for panel in result.sighting.panels}
    states = {number: panel.state for number, panel in panels.items()}
    assert states == dict.fromkeys([*map(str, range(1, 9)), "10"], PanelState.READY) | {"9": PanelState.ERROR}
    assert "unexpected end of input" in panels["9"].reason
    assert [panels[number].title for number in ("4", "5")] == ["Load of east", "Load of west"]
    assert result.evidence is not None
    values = {line.panel: line.points[-1][1] for line in result.evidence.series}
    assert values == {str(number): float(number) for number in range(1, 8)}
    places = [panels[str(number)].box for number in range(1, 11)]
    tops = [place.y for place in places if place is not None]
    assert len(tops) == 10
    assert tops == sorted(tops)
    assert tops[-1] > 9 * 400


async def test_ten_looks_show_the_same_panels(observer: DashboardObserver, visit_page: VisitPage) -> None:
    async with serving(board()) as grafana:
        visit = visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop")
        looks = await asyncio.gather(*(observer.visit(visit, ignore) for _ in range(10)))
    seen = [[(panel.id, panel.state, panel.samples) for panel in look.sighting.panels] for look in looks]
    assert seen == [seen[0]] * 10


async def test_what_the_dashboard_does_not_show_is_said_at_once(
    observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A panel of a closed row, and a name that no panel has: their reasons need no waiting."""
    async with serving(board()) as grafana:
        visit = visit_page(
            "grafana", grafana.url, WINDOW, path="/d/shop/shop", panels=("1", "Inside", "Old graphs")
        )
        result = await observer.visit(visit, ignore)
    reasons = {panel.id: panel.reason for panel in result.sighting.panels}
    assert reasons["Inside"] == "it is in a collapsed row: Details"
    assert reasons["Old graphs"].startswith("the dashboard has no such panel; the nearest are Old graph")
    assert result.sighting.duration_ms < 4000, "it waited for panels that cannot come"


@pytest.mark.parametrize("version", [(8, 5), (10, 4), (13, 2)], ids=lambda version: f"{version[0]}")
async def test_one_query_in_two_panels_is_answered_in_both(
    version: Version, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """Also where no header says which panel asks."""
    frames = {
        "results": {
            "A": {
                "frames": [
                    {
                        "schema": {
                            "fields": [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
                        },
                        "data": {"values": [[1772366400000], [0.5]]},
                    }
                ]
            }
        }
    }
    panels = [{"id": number, "title": "Errors", "expr": "errors", "unit": "s"} for number in (1, 2)]
    async with serving(ContractGrafana(version, panels, {"errors": frames})) as grafana:
        result = await observer.visit(visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop"), ignore)
    assert [(panel.id, panel.state) for panel in result.sighting.panels] == [
        ("1", PanelState.READY),
        ("2", PanelState.READY),
    ]
