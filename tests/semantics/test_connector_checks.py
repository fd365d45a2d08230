"""What a connector cannot do is said when it is registered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from missions.connector import Connector
from missions.connector_warning import ConnectorWarning, WarningKind
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence, Origin, Series
from missions.health import DashboardHealth, PanelDefinition
from missions.plan import Phase, Window
from rca.verification import plan_proof
from semantics.connector_checks import connector_warnings, rounded_up


def warnings(
    *queries: str,
    type_: str = "prometheus",
    path: str = "/",
    panels: tuple[PanelDefinition, ...] = (),
    **config: Any,
) -> dict[WarningKind, ConnectorWarning]:
    asked = [{"panel": f"p{index}", "query": query} for index, query in enumerate(queries)]
    page = {"id": "page", "title": "Page", "path": path, "queries": asked}
    connector = Connector.model_validate(
        {
            "name": "m",
            "type": type_,
            "baseUrl": "http://m",
            "config": {"window": "PT15M", "pages": [page]} | config,
            "health": DashboardHealth(panels=panels),
        }
    )
    return {warning.kind: warning for warning in connector_warnings(connector)}


def test_waits_that_prove_nothing_are_told_with_the_time_that_a_proof_takes() -> None:
    """The queries' range is longer than the last look after an action."""
    shown = warnings("sum(rate(http_requests_total[5m]))", settings={"stepSeconds": "15"})
    assert set(shown) == {WarningKind.WAITS}
    assert shown[WarningKind.WAITS].text == (
        "Its queries look back 5 minutes: looks after 14, 20 and 30 seconds prove nothing; "
        "proof takes about 7 minutes."
    )
    assert shown[WarningKind.WAITS].proof_seconds == 420
    assert shown[WarningKind.WAITS].longest_proof_seconds is None


def test_a_proof_longer_than_missions_wait_for_is_told() -> None:
    """With the time that they wait: what ends after it stays unknown."""
    warning = warnings("rate(http_requests_total[30m])", window="PT1H")[WarningKind.WAITS]
    assert warning.text.endswith(
        "proof takes about 38 minutes. Missions wait 30 minutes at most: the recovery stays unknown."
    )
    assert warning.longest_proof_seconds == 1800


@pytest.mark.parametrize(("minutes", "step"), [(1, 15), (2, 1), (5, 60)])
def test_the_time_of_a_proof_is_that_of_the_verification(minutes: int, step: int) -> None:
    """What is said at registration is what an approval says later, apart from rounding."""
    query = f"sum(rate(http_requests_total{{code='500'}}[{minutes}m]))"
    warning = warnings(query, settings={"stepSeconds": str(step)})[WarningKind.WAITS]
    begin = datetime(2026, 6, 1, 12, tzinfo=UTC)
    window = Window(start=begin, end=begin + timedelta(minutes=40))
    times = (begin.timestamp() + step * index for index in range(2400 // step))
    series = Series(
        id="1",
        panel="p0",
        service="shop",
        metric="http_requests_total",
        unit="",
        query=query,
        origin=Origin.API,
        points=tuple((at, 1.0 + at % 7) for at in times),
    )
    evidence = Evidence(target="m/page", phase=Phase.BEFORE, window=window, series=(series,))
    planned = plan_proof(Diagnosis(verdict=DiagnosisVerdict.INCONCLUSIVE, summary=""), (evidence,))
    assert warning.proof_seconds == rounded_up(planned.seconds)


@pytest.mark.parametrize(
    ("query", "settling", "step", "warned"),
    [
        ("rate(http_requests_total[30s])", [14, 6, 10], "1", True),
        ("rate(http_requests_total[20s])", [14, 6, 10], "1", False),
        ("rate(http_requests_total[1m])", [60, 105], "15", False),
        ("rate(http_requests_total[1m])", [60, 104], "15", True),
        ("max_over_time(up[3m:30s])", [120, 120], "15", True),
        ("rate(http_requests_total[$__rate_interval])", [14], "15", False),
        ("node_memory_MemFree_bytes", [14], "15", False),
    ],
)
def test_waits_are_compared_with_range_and_step(
    query: str, settling: list[int], step: str, *, warned: bool
) -> None:
    """A proof needs five samples that lie wholly after the action; a range that is unknown is not judged."""
    waits = [timedelta(seconds=seconds) for seconds in settling]
    assert (WarningKind.WAITS in warnings(query, settling=waits, settings={"stepSeconds": step})) is warned


def test_windows_shorter_than_range_or_step_are_told() -> None:
    """A window that is shorter than what the query looks back, or that holds no two samples."""
    shown = warnings("rate(http_requests_total[5m])", window="PT2M")
    assert "2 minutes" in shown[WarningKind.WINDOW].text
    assert (shown[WarningKind.WINDOW].range_seconds, shown[WarningKind.WINDOW].window_seconds) == (300, 120)
    assert WarningKind.WINDOW not in warnings("rate(http_requests_total[5m])")
    coarse = warnings("up", window="PT2M", settings={"stepSeconds": "300"})
    assert coarse[WarningKind.STEP].step_seconds == 300
    assert WarningKind.STEP not in warnings("up", window="PT2M", settings={"stepSeconds": "15"})
    assert WarningKind.STEP not in warnings("up", settings={"stepSeconds": "nan"})


@pytest.mark.parametrize(
    ("type_", "query", "readable"),
    [
        ("prometheus", "rate(x[", False),
        ("prometheus", "rate(up[1m])", True),
        ("datadog", "avg:system.load.1{*}, sum:x.errors{a:b} by {c}", True),
        ("datadog", "avg:system.load.1{*", False),
        ("opensearch", 'level:error AND service:"web"', True),
        ("opensearch", "level:(error", False),
        ("jaeger", "web", True),
        ("alertmanager", '{severity="page"}', True),
    ],
)
def test_queries_that_cannot_be_read_are_told(type_: str, query: str, *, readable: bool) -> None:
    """Each product's query in its own language, with the panel and the reason."""
    shown = warnings(query, type_=type_)
    assert (WarningKind.QUERY not in shown) is readable
    if not readable:
        assert shown[WarningKind.QUERY].panels == ("p0",)
        assert shown[WarningKind.QUERY].reason


def test_panels_without_a_meaning_are_told_until_a_person_states_it() -> None:
    """The panel is listed by its title; a mapping removes it."""
    shown = warnings("avg(widget_state)", "rate(http_requests_total[10s])")
    assert shown[WarningKind.MEANING].panels == ("p0",)
    stated = [{"page": "page", "panel": "p0", "measures": {"role": "saturation"}}]
    assert WarningKind.MEANING not in warnings("avg(widget_state)", mappings=stated)
    elsewhere = [{"page": "other", "panel": "p0", "measures": {"role": "saturation"}}]
    assert WarningKind.MEANING in warnings("avg(widget_state)", mappings=elsewhere)


def test_deep_links_and_panels_that_a_test_has_read_are_checked() -> None:
    """The expressions of Prometheus' addresses, and the panels of a Grafana that was tested."""
    linked = warnings(path="/graph?g0.expr=avg(widget_state)&g0.tab=0")
    assert linked[WarningKind.MEANING].panels == ("g0",)
    panels = (
        PanelDefinition(
            page="page", id="2", title="Waits", query="rate(waits_total[$i])", product="prometheus"
        ),
        PanelDefinition(page="page", id="3", title="Orders", query="SELECT 1", product="mysql"),
        PanelDefinition(
            page="page", id="4", title="p99 latency", query="SELECT 2", unit="ms", product="mysql"
        ),
    )
    tested = warnings(type_="grafana", panels=panels)
    assert tested[WarningKind.MEANING].panels == ("Waits", "Orders")
    stated = [{"page": "page", "panel": "Orders", "measures": {"role": "traffic"}}]
    assert warnings(type_="grafana", panels=panels, mappings=stated)[WarningKind.MEANING].panels == ("Waits",)
