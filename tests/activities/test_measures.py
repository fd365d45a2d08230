"""What the series of each visited panel measure is stored with the visit."""

import json
from collections.abc import Callable
from dataclasses import replace

import samples as sample
from memory_artifacts import MemoryArtifacts
from memory_observer import MemoryObserver
from temporalio.testing import ActivityEnvironment

from activities.observing import Observing
from activities.ports import VisitResult
from missions.evidence import Evidence, Origin, PageObservation, Series
from missions.measurement import MeasuredRole, SeriesMapping, SeriesMeasure
from missions.plan import Phase, Visit, Window


def line(number: int, query: str, service: str = "", mapping: SeriesMapping | None = None) -> Series:
    return Series(
        id=f"s{number}",
        panel="latency",
        title="Overview",
        service=service,
        metric="",
        unit="",
        query=query,
        origin=Origin.API,
        mapping=mapping,
        points=((0.0, 1.0),),
    )


class _ObserverWithSeries(MemoryObserver):
    """Every page shows these series."""

    def __init__(self, *series: Series) -> None:
        super().__init__()
        self._series = series

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        """The same page with the series."""
        result = await super().visit(visit, progress)
        assert result.evidence is not None
        return replace(result, evidence=result.evidence.model_copy(update={"series": self._series}))


async def observed(*series: Series) -> tuple[PageObservation, Evidence]:
    artifacts = MemoryArtifacts()
    visit = Visit(
        org=sample.ORG,
        mission_id="m",
        target=sample.target("overview"),
        window=Window(start=sample.NOON, end=sample.NOON),
        phase=Phase.BEFORE,
    )
    activity = Observing(_ObserverWithSeries(*series), artifacts).observe
    observation: PageObservation = await ActivityEnvironment().run(activity, visit)
    assert observation.numbers is not None
    stored = await artifacts.get(sample.ORG, observation.numbers)
    return observation, Evidence.model_validate(json.loads(stored))


async def test_each_panel_lists_what_its_series_measure() -> None:
    """Equal answers are one, with the number of series; unknown ones come first."""
    failed = 'sum by (service) (rate(http_requests_total{code=~"5.."}[1m]))'
    observation, evidence = await observed(
        line(1, failed, "shop"), line(2, failed, "shop"), line(3, failed, "web"), line(4, "avg(widget_state)")
    )
    (panel,) = observation.panels
    unknown, shop, web = panel.measures
    assert (unknown.role, unknown.basis, unknown.series) == (MeasuredRole.UNKNOWN, "unknown", 1)
    assert (shop.role, shop.basis, shop.unit, shop.service, shop.series) == (
        MeasuredRole.ERRORS,
        "expression",
        "errors/s",
        "shop",
        2,
    )
    assert (web.service, web.series) == ("web", 1)
    assert [each.measures.role for each in evidence.series if each.measures] == [
        *[MeasuredRole.ERRORS] * 3,
        MeasuredRole.UNKNOWN,
    ]


async def test_what_a_person_stated_is_told_as_theirs() -> None:
    """Role, unit and service are those of the mapping, with the basis "person"."""
    stated = SeriesMapping(role=MeasuredRole.QUEUE, unit="messages", service="mail")
    observation, _ = await observed(line(1, "avg(widget_state)", mapping=stated))
    (measure,) = observation.panels[0].measures
    assert measure == SeriesMeasure(
        role=MeasuredRole.QUEUE,
        basis="person",
        unit="count",
        statistic="mean",
        service="mail",
        query="avg(widget_state)",
    )


async def test_a_panel_with_very_many_series_stays_small() -> None:
    """At most 20 answers are listed, and long queries are cut."""
    many = [line(number, f"avg(widget_{number}_state) + {'0' * 3000}", f"s{number}") for number in range(90)]
    observation, _ = await observed(*many)
    assert len(observation.panels[0].measures) == 20
    assert len(observation.model_dump_json()) < 40_000
