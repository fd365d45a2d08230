"""What people say about panels: to which series it applies, and how it was stored before."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from missions.connector import Connector, ConnectorConfig
from missions.measurement import MeasuredRole, SeriesMapping
from missions.panel_mapping import PanelMapping, mapping_for, with_mapping
from missions.plan import Target

ERRORS = SeriesMapping(role=MeasuredRole.ERRORS)
LATENCY = SeriesMapping(role=MeasuredRole.LATENCY, unit="ms")


def mapping(
    panel: str = "", series: str = "", measures: SeriesMapping = ERRORS, page: str = ""
) -> PanelMapping:
    return PanelMapping(page=page, panel=panel, series=series, measures=measures)


@pytest.mark.parametrize(
    ("panel", "series", "applies"),
    [
        ("4", "", True),
        ("Failed  calls", "", True),
        ("Failed", "", False),
        ("4", "x_total", True),
        ("4", "rate( x_total[1m] )", False),
        ("", "rate(x_total[1m])", True),
        ("", "rate(*[1m])", True),
        ("", "x_*", True),
        ("", "*y*", False),
        ("5", "x_total", False),
    ],
)
def test_a_mapping_applies_by_panel_metric_and_expression(panel: str, series: str, *, applies: bool) -> None:
    """A panel by id or title, a series by metric or expression, exact or with `*`; white space varies."""
    answer = mapping_for([mapping(panel, series)], ("4", "Failed calls"), ("x_total", "rate(x_total[1m])"))
    assert answer == (ERRORS if applies else None)


def test_the_more_specific_mapping_comes_first_and_others_fill_the_rest() -> None:
    """The unit of the general one stays where the special one says none."""
    mappings = (mapping("p", "x", ERRORS), mapping("", "x*", LATENCY), mapping("p", "", LATENCY))
    for order in (mappings, mappings[::-1]):
        assert mapping_for(order, ("p",), ("x",)) == SeriesMapping(role=MeasuredRole.ERRORS, unit="ms")


def test_wildcards_take_linear_time() -> None:
    """A pattern of many wildcards on a long text does not take longer than a plain one."""
    began = time.process_time()
    hard = mapping("", "*a" * 1500 + "b")
    assert mapping_for([hard] * 20, ("p",), ("a" * 4000,)) is None
    assert time.process_time() - began < 1


def test_one_mapping_for_the_same_series() -> None:
    """A second statement about the same series replaces the first; a configuration with both is refused."""
    mappings = with_mapping((mapping("p"), mapping("q")), mapping("p", measures=LATENCY))
    assert [(each.panel, each.measures) for each in mappings] == [("p", LATENCY), ("q", ERRORS)]
    with pytest.raises(ValidationError, match="two mappings"):
        ConnectorConfig(mappings=(mapping("p"), mapping("p", measures=LATENCY)))


@pytest.mark.parametrize(
    "values",
    [
        {"measures": {"role": "errors"}},
        {"series": "*", "measures": {"role": "errors"}},
        {"panel": "p", "measures": {}},
        {"panel": "p", "measures": {"role": "nonsense"}},
    ],
)
def test_a_mapping_for_everything_or_of_nothing_is_refused(values: dict[str, Any]) -> None:
    """It must say to what it applies, and what that measures."""
    with pytest.raises(ValidationError):
        PanelMapping.model_validate(values)


def test_what_queries_once_stated_is_a_mapping() -> None:
    """Stored connectors and plans of running missions with `metric`, `unit` and `service` still load."""
    stated = {"panel": "p", "query": "max(x)", "metric": "latency_p95", "unit": "ms", "service": "shop"}
    plain = {"panel": "q", "query": "y", "metric": "", "unit": "", "service": ""}
    expected = SeriesMapping(metric="latency_p95", unit="ms", service="shop")
    config = {"pages": [{"id": "a", "title": "A", "queries": [stated, plain]}, {"id": "b", "title": "B"}]}
    connector = Connector.model_validate(
        {"name": "m", "type": "prometheus", "baseUrl": "x", "config": config}
    )
    (page, other) = connector.targets()
    assert [each.measures for each in page.mappings] == [expected]
    assert mapping_for(page.mappings, ("p",), ("x",)) == expected
    assert mapping_for(page.mappings, ("q",), ("y",)) is None
    assert other.mappings == ()
    again = Connector.model_validate_json(connector.model_dump_json(by_alias=True))
    assert again.config == connector.config
    target = Target.model_validate(
        {
            "id": "m/a", "connector": "m", "type": "prometheus", "baseUrl": "x", "path": "/", "title": "A",
            "panels": ["p"], "queries": [stated, plain],
        }
    )  # fmt: skip
    assert mapping_for(target.mappings, ("p",), ("x",)) == expected
    assert Target.model_validate_json(target.model_dump_json(by_alias=True)) == target
