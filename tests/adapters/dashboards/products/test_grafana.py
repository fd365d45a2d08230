"""Grafana 7.5 to 13 by its contract: published selectors and shapes, without a running Grafana."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract_grafana import ContractGrafana, Version, serving
from pydantic import SecretStr

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.credentials.keys import private_from, public_of
from adapters.credentials.opener import Opener
from adapters.credentials.sealer import Sealer
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.prober import DashboardProber
from adapters.dashboards.products.registry import dashboard_for
from missions.credentials import Credentials
from missions.errors import BrowserError
from missions.evidence import Basis, Origin, PanelState
from missions.health import DashboardSearch, HealthProbe, HealthStatus
from missions.plan import Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
KEY = private_from("a key of the tests")
VERSIONS: list[Version] = [(7, 5), (8, 5), (9, 5), (10, 4), (11, 3), (12, 2), (13, 2)]
TIMES = [1772366400000, 1772366405000, 1772366410000, 1772366415000, 1772366420000]
EXPR = 'latency_p95_seconds{service="$service"}'
FRAMES = {
    "results": {
        "A": {
            "status": 200,
            "frames": [
                {
                    "schema": {
                        "refId": "A",
                        "meta": {"type": "timeseries-multi"},
                        "fields": [
                            {"name": "Time", "type": "time"},
                            {
                                "name": "Value",
                                "type": "number",
                                "labels": {"__name__": "latency_p95_seconds", "service": "checkout"},
                                "config": {"unit": "s"},
                            },
                        ],
                    },
                    "data": {
                        "values": [TIMES, [0.1, None, None, None, 0.30000000000000004]],
                        "entities": [None, {"NaN": [1], "Inf": [2], "NegInf": []}],
                        "nanos": [[0, 500, 0, 0, 0], None],
                    },
                }
            ],
        }
    }
}
MATRIX = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {
                "metric": {"__name__": "latency_p95_seconds", "service": "checkout"},
                "values": [
                    [1772366400, "0.1"],
                    [1772366405, "NaN"],
                    [1772366410, "+Inf"],
                    [1772366420, "0.30000000000000004"],
                ],
            }
        ],
    },
}


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def panels() -> list[dict[str, Any]]:
    """Six panels on more than one screen: four good ones, one that fails, one without data."""
    return [
        {"id": number, "title": f'Latency "{number}"', "expr": f"m{number}", "unit": "s"}
        for number in range(1, 5)
    ] + [
        {"id": 5, "title": "Broken", "expr": "broken"},
        {"id": 6, "title": "Empty", "expr": "nothing", "empty": True},
    ]


def filled(version: Version) -> ContractGrafana:
    """A Grafana whose data source responds in the shape of this version."""
    old = version < (8, 0)
    nothing: dict[str, Any] = (
        {"status": "success", "data": {"resultType": "matrix", "result": []}}
        if old
        else {"results": {"A": {"status": 200, "frames": []}}}
    )
    answers: dict[str, Any] = {f"m{number}": MATRIX if old else FRAMES for number in range(1, 5)}
    return ContractGrafana(version, panels(), answers | {"broken": 500, "nothing": nothing})


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: f"{version[0]}.{version[1]}")
async def test_every_version_gives_its_panels_and_exact_numbers(
    version: Version, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """Lazy panels are scrolled to, errors and empty panels differ, and values are exact."""
    async with serving(filled(version)) as grafana:
        names = ("1", 'Latency "2"', "panel-3", "4", "5", "6")
        visit = visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop?var-a=x", panels=names)
        result = await observer.visit(visit, ignore)
    states = {panel.id: (panel.state, panel.reason) for panel in result.sighting.panels}
    assert [states[name][0] for name in names] == [
        *[PanelState.READY] * 4,
        PanelState.ERROR,
        PanelState.EMPTY,
    ], states
    assert "HTTP 500" in states["5"][1]
    assert result.sighting.state is PanelState.PARTIAL
    assert result.sighting.source is not None
    assert (result.sighting.source.version, result.sighting.source.basis) == (
        f"{version[0]}.{version[1]}.0",
        Basis.CONTRACT,
    )
    shown = next(path for path in grafana.asked if path.startswith("/d/"))
    assert shown == "/d/shop/shop?var-a=x&from=1772366400000&to=1772366700000&kiosk"
    assert result.evidence is not None
    assert {line.panel for line in result.evidence.series} == set(names[:4])
    for line in result.evidence.series:
        assert (line.origin, line.unit, line.service, line.metric) == (
            Origin.PAGE_RESPONSE, "s", "checkout", "latency_p95_seconds",
        )  # fmt: skip
        points = [(round(moment, 3), value) for moment, value in line.points if value is not None]
        expected = [
            (1772366400, 0.1),
            (1772366405, math.nan),
            (1772366410, math.inf),
            (1772366420, 0.30000000000000004),
        ]
        assert str(points) == str([(float(moment), value) for moment, value in expected])


def observing(pool: BrowserPool, goto: float = 10.0) -> DashboardObserver:
    budget = Budget(ready=4.0, body=2.0, goto=goto)
    return DashboardObserver(pool, dashboard_for, budget, opener=Opener([KEY]))


def signed(visit: Visit, credentials: Credentials) -> Visit:
    sealed = Sealer(public_of(KEY)).seal(visit.org, visit.target.base_url, credentials)
    return visit.model_copy(update={"target": visit.target.model_copy(update={"sealed": sealed})})


@pytest.mark.parametrize("version", [(7, 5), (13, 2)], ids=["7.5", "13.2"])
async def test_a_login_is_not_repeated(version: Version, pool: BrowserPool, visit_page: VisitPage) -> None:
    """The login form is filled once for two visits; a wrong password is reported without its text."""
    grafana = filled(version)
    grafana.user = ("robot", "canary-password")
    observer = observing(pool)
    async with serving(grafana):
        visit = visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop", panels=("1",))
        right = signed(visit, Credentials(username="robot", password=SecretStr("canary-password")))
        for _ in range(2):
            result = await observer.visit(right, ignore)
            assert result.sighting.state is PanelState.READY, result.sighting
        assert grafana.logins == 1
        wrong = signed(visit, Credentials(username="robot", password=SecretStr("canary-wrong")))
        with pytest.raises(BrowserError, match="refused") as caught:
            await observing(pool, goto=4.0).visit(wrong, ignore)
        assert "canary" not in str(caught.value)


async def test_a_token_goes_to_that_origin_only(
    pool: BrowserPool, visit_page: VisitPage, elsewhere: Any
) -> None:
    """The page and the API get the token, and no other origin is connected."""
    grafana = filled((13, 2))
    grafana.token = "canary-token"
    grafana.other_plan = {"asks": elsewhere.url}
    async with serving(grafana):
        visit = visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop", panels=("1",))
        result = await observing(pool).visit(
            signed(visit, Credentials(token=SecretStr("canary-token"))), ignore
        )
        assert result.sighting.state is PanelState.READY, result.sighting
        assert "canary" not in result.sighting.model_dump_json()
        assert "other origins were blocked" in result.sighting.reason
    assert elsewhere.connections == 0


async def test_what_the_page_did_not_ask_comes_by_api(
    observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """Data that the page did not request is queried by API, and the panel's origin says so."""
    grafana = filled((13, 2))
    grafana.panels = [{"id": 1, "title": "Cached", "expr": "m1", "unit": "s"}]
    grafana.other_plan = {"panels": [{"id": 1, "title": "Cached", "expr": "m2"}]}
    grafana.answers["m2"] = {"results": {"A": {"frames": [{"schema": 1}]}}}
    async with serving(grafana):
        result = await observer.visit(
            visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop", panels=("1",)), ignore
        )
    (panel,) = result.sighting.panels
    assert (panel.state, panel.origin) == (PanelState.READY, Origin.API), panel
    assert "by API" in panel.reason
    assert result.evidence is not None
    assert {line.origin for line in result.evidence.series} == {Origin.API}


async def test_a_probe_tells_version_and_rights_and_a_search_finds_dashboards(
    pool: BrowserPool, visit_page: VisitPage
) -> None:
    """A probe reports health and version, and a search returns the pages that can be registered."""
    async with serving(filled((12, 2))) as grafana:
        visit = visit_page("grafana", grafana.url, WINDOW, path="/d/shop/shop", panels=("1",))
        probe = HealthProbe(org="acme", connector="grafana", target=visit.target)
        prober = DashboardProber(pool, dashboard_for)
        health = await prober.probe(probe)
        assert health.status is HealthStatus.HEALTHY, health
        assert health.source is not None
        assert health.source.version == "12.2.0"
        (match,) = await prober.discover(DashboardSearch(probe=probe, words="shop"))
        assert (match.title, match.path, match.tags) == ("Shop", "/d/shop", ("web",))
