"""Pages of several dashboards, which end at different times and were visited one after the other."""

from dataclasses import replace

import pytest
from verified_pages import COMPLAINT, ENDED, PanelLine, applied, incident, page

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plan import Phase, Window
from missions.verification import Recovery
from rca.analysis import analysis_of
from rca.telemetry import telemetry_of
from rca.verification import compare

NO_CITATIONS = Diagnosis(verdict=DiagnosisVerdict.FOUND, summary="")
LATE_S = 45.0


def failures(service: str, after: float) -> PanelLine:
    return PanelLine(
        service, "request_error_ratio", incident(0.002, 0.4, after), {"service": service}, "ratio"
    )


def requests(service: str) -> PanelLine:
    return PanelLine(
        service, "requests_per_second", incident(20.0, 20.0, 20.0), {"service": service}, "requests/s"
    )


def pages(at: float, *, before_end: float = 0.0, after_end: float = 0.0) -> tuple[Evidence, ...]:
    """Two dashboards that are asked about the same window.

    The numbers of the one end `before_end` seconds before it, those of the other `after_end` after it.
    """
    traced = page([requests("cart"), requests("search")], at - before_end, target="mesh/traffic", step=5.0)
    symptoms = page([failures("cart", 0.002)], at + after_end, target="prometheus/errors", step=5.0)
    window = Window(start=page([], at).window.start, end=page([], at).window.end)
    return tuple(each.model_copy(update={"window": window}) for each in (traced, symptoms))


@pytest.mark.parametrize("ends", [{"after_end": LATE_S}, {"before_end": LATE_S}], ids=["later", "earlier"])
def test_what_another_dashboard_shows_later_ends_no_traffic(ends: dict[str, float]) -> None:
    """A dashboard that shows more than the window, or less, does not make the others' requests end."""
    at = ENDED + 120
    verification = compare(NO_CITATIONS, pages(COMPLAINT, **ends), pages(at, **ends), applied("cart"))
    assert verification.recovery is Recovery.RECOVERED, verification
    assert {comparison.metric for comparison in verification.comparisons} == {"request_error_ratio"}


@pytest.mark.parametrize("ends", [{"after_end": LATE_S}, {"before_end": LATE_S}], ids=["later", "earlier"])
def test_no_service_is_gone_because_its_dashboard_is_late(ends: dict[str, float]) -> None:
    """What only the late dashboard shows has not ended."""
    analysis = analysis_of(telemetry_of(pages(COMPLAINT, **ends)), None, None)
    assert not any(shift.ended for shift in analysis.shifts)
    assert not any(row["gone"] for row in analysis.features.values())


def test_a_service_that_ends_before_its_dashboard_is_gone() -> None:
    """A series that ends while others of the same dashboard go on has ended."""
    silent = replace(requests("search"), level=lambda at: 20.0 if at < COMPLAINT - 60 else None)
    shown = page([requests("cart"), silent], COMPLAINT, step=5.0, target="mesh/traffic")
    analysis = analysis_of(telemetry_of((shown,)), None, None)
    assert [shift.series.service for shift in analysis.shifts if shift.ended] == ["search"]


def test_what_was_better_and_is_bad_again_leads_to_no_undo() -> None:
    """Half of the samples since the action are well: whether it helped is not known until more are bad."""
    relapsing = failures("cart", 0.002)
    relapsing = replace(relapsing, level=incident(0.002, 0.4, 0.002, until=ENDED + 60))

    def verified(at: float) -> Recovery:
        before = page([relapsing], COMPLAINT, step=5.0)
        after = page([relapsing], ENDED + at, step=5.0, phase=Phase.AFTER)
        return compare(NO_CITATIONS, (before,), (after,), applied("cart")).recovery

    assert verified(55) is Recovery.RECOVERED
    assert verified(110) is Recovery.UNKNOWN
    assert verified(250) is Recovery.NOT_RECOVERED
