"""Grafana's original panels from npm, with their chrome, charts, tables and decoder, in our own page."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract_grafana import serving
from genuine_grafana import BUILT, GenuineGrafana

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.evidence import Origin, PanelState
from missions.plan import Visit, Window

pytestmark = pytest.mark.skipif(
    not (BUILT / "index.html").is_file(), reason="Grafana's own panels are not built: make grafana"
)

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
TIMES = [round(BEGIN.timestamp() * 1000) + 5000 * step for step in range(6)]
LATENCY = [0.1, math.nan, math.inf, None, -math.inf, 0.30000000000000004]
PANELS: list[dict[str, Any]] = [
    {"id": 1, "type": "timeseries", "title": 'Latency of "checkout"', "expr": "latency", "unit": "s"},
    {"id": 2, "type": "stat", "title": "Errors now", "expr": "errors", "unit": "percentunit"},
    {"id": 3, "type": "table", "title": "By service", "expr": "services"},
    {"id": 4, "type": "timeseries", "title": "Refused", "expr": "refused"},
    {"id": 5, "type": "timeseries", "title": "Failing", "expr": "failing"},
    {"id": 6, "type": "timeseries", "title": "Nothing", "expr": "nothing"},
    {"id": 7, "type": "timeseries", "title": "Slow", "expr": "slow"},
]


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def frame(*columns: tuple[dict[str, Any], list[Any]]) -> dict[str, Any]:
    """A frame as JSON, with values that JSON cannot express listed separately."""
    entities = [
        {
            name: [row for row, value in enumerate(values) if isinstance(value, float) and is_it(value)]
            for name, is_it in (
                ("NaN", math.isnan),
                ("Inf", lambda value: value == math.inf),
                ("NegInf", lambda value: value == -math.inf),
            )
        }
        for _, values in columns
    ]
    return {
        "schema": {"refId": "A", "fields": [about for about, _ in columns]},
        "data": {
            "values": [
                [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]
                for _, values in columns
            ],
            "entities": entities,
        },
    }


def answer(*frames: dict[str, Any]) -> dict[str, Any]:
    return {"results": {"A": {"status": 200, "frames": list(frames)}}}


def times() -> tuple[dict[str, Any], list[Any]]:
    return {"name": "Time", "type": "time"}, list(TIMES)


def numbers(values: list[Any], **labels: str) -> tuple[dict[str, Any], list[Any]]:
    return {"name": "Value", "type": "number", "labels": labels}, values


def grafana() -> GenuineGrafana:
    words = {"name": "service", "type": "string"}, ["web", "checkout", "payments"] * 2
    answers = {
        "latency": answer(
            frame(times(), numbers(LATENCY, service="checkout")),
            frame(times(), numbers([1e-300, -0.0, 2**53 + 0.0, 1.5, 2, 3], service="payments")),
        ),
        "errors": answer(frame(times(), numbers([0.0, 0.0, 0.25, 0.5, 0.75, 0.125], service="web"))),
        "services": answer(frame(times(), words, numbers([1, 2, 3, 4, 5, 6]))),
        "refused": 500,
        "failing": {"results": {"A": {"error": "too many samples", "status": 400, "frames": []}}},
        "nothing": answer(),
        "slow": answer(frame(times(), numbers([1, 2, 3, 4, 5, 6]))),
    }
    return GenuineGrafana((13, 2), PANELS, answers)


def values(cells: list[str | None]) -> list[str]:
    return [repr(None if cell is None else float(cell)) for cell in cells]


async def test_genuine_panels_give_their_states_and_exact_numbers(
    pool: BrowserPool, visit_page: VisitPage
) -> None:
    """States are those of Grafana's panels, and each number equals the truth and Grafana's own decoding."""
    served = grafana()
    served.hanging.add("slow")
    observer = DashboardObserver(pool, dashboard_for, Budget(visit=60, ready=8, body=1, read=10))
    async with serving(served):
        visit = visit_page("grafana", served.url, WINDOW, path="/d/shop/shop")
        result = await observer.visit(visit, ignore)
    states = {panel.id: (panel.state, panel.reason) for panel in result.sighting.panels}
    assert {id_: state for id_, (state, _) in states.items()} == {
        "1": PanelState.READY,
        "2": PanelState.READY,
        "3": PanelState.READY,
        "4": PanelState.ERROR,
        "5": PanelState.ERROR,
        "6": PanelState.EMPTY,
        "7": PanelState.PARTIAL,
    }, states
    assert "HTTP 500" in states["4"][1]
    assert "too many samples" in states["5"][1]
    assert "still loading" in states["7"][1]
    assert result.evidence is not None
    measured = {
        (line.panel, line.service): [(moment, repr(value)) for moment, value in line.points]
        for line in result.evidence.series
    }
    seconds = [moment / 1000 for moment in TIMES]
    truth: dict[tuple[str, str], list[float | None]] = {
        ("1", "checkout"): LATENCY,
        ("1", "payments"): [1e-300, -0.0, 2.0**53, 1.5, 2.0, 3.0],
        ("2", "web"): [0.0, 0.0, 0.25, 0.5, 0.75, 0.125],
    }
    for key, expected in truth.items():
        assert measured[key] == [(at, repr(value)) for at, value in zip(seconds, expected, strict=True)]
    for place, service in enumerate(("web", "checkout", "payments")):
        rows = [(seconds[place], float(place + 1)), (seconds[place + 3], float(place + 4))]
        assert measured["3", service] == [(at, repr(value)) for at, value in rows]
    assert {line.origin for line in result.evidence.series} == {Origin.PAGE_RESPONSE}
    assert {line.unit for line in result.evidence.series if line.panel == "1"} == {"s"}
    for (id_, service), expected in truth.items():
        decoded = [
            field
            for field in served.decoded[int(id_)]
            if field["type"] == "number" and field["labels"]["service"] == service
        ]
        assert values(decoded[0]["values"]) == [repr(value) for value in expected]


async def test_explore_is_found_by_its_published_selectors(pool: BrowserPool, visit_page: VisitPage) -> None:
    """Explore is one panel, which is ready when its chart is drawn, with the numbers of its query."""
    served = grafana()
    observer = DashboardObserver(pool, dashboard_for, Budget(visit=60, ready=20, body=5, read=10))
    async with serving(served):
        path = f"/explore?from={TIMES[0]}&to={TIMES[-1]}"
        result = await observer.visit(visit_page("grafana", served.url, WINDOW, path=path), ignore)
    (panel,) = result.sighting.panels
    assert (panel.id, panel.state) == ("explore", PanelState.READY), panel
    assert result.evidence is not None
    assert {(line.panel, line.service) for line in result.evidence.series} == {
        ("explore", "checkout"),
        ("explore", "payments"),
    }
