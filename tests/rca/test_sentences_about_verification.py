"""Sentences about verification, each with inputs of three forms: other products, words and failures."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from verified_pages import COMPLAINT, ENDED, PanelLine, alert, applied, incident, page

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plan import Phase
from missions.verification import PanelRef, Recovery, Verification
from rca.verification import compare, plan_proof

Form = Callable[..., PanelLine]
FOUND = Diagnosis(verdict=DiagnosisVerdict.FOUND, summary="")


def istio(service: str, after: float | None, range_s: float = 60.0, bad: float = 0.4) -> PanelLine:
    """A share of failures, from a mesh."""
    selector = f'istio_requests_total{{destination_service_name="{service}"'
    window = f"[{range_s:.0f}s]"
    return PanelLine(
        service=service,
        expression=(
            f'sum by (destination_service_name) (rate({selector},response_code=~"5.*"}}{window})) / '
            f"sum by (destination_service_name) (rate({selector}}}{window}))"
        ),
        labels={"destination_service_name": service},
        level=incident(0.002, bad, after),
        range_s=range_s,
    )


def micrometer(service: str, after: float | None, range_s: float = 60.0, bad: float = 2.4) -> PanelLine:
    """A percentile of durations, from a client library."""
    bucket = f'http_server_requests_seconds_bucket{{application="{service}"}}[{range_s:.0f}s]'
    return PanelLine(
        service=service,
        expression=f"histogram_quantile(0.99, sum by (application, le) (rate({bucket})))",
        labels={"application": service},
        level=incident(0.12, bad, after),
        range_s=range_s,
    )


def grpc(service: str, after: float | None, range_s: float = 60.0, bad: float = 6.0) -> PanelLine:
    """Failures per second of an RPC server."""
    selector = f'grpc_server_handled_total{{service="{service}",grpc_code!="OK"}}[{range_s:.0f}s]'
    return PanelLine(
        service=service,
        expression=f"sum by (service) (rate({selector}))",
        labels={"service": service},
        level=incident(0.01, bad, after),
        range_s=range_s,
    )


def requests(service: str, after: float | None = 20.0, range_s: float = 60.0) -> PanelLine:
    """Requests per second."""
    return PanelLine(
        service=service,
        expression=f'sum by (service) (rate(http_requests_total{{service="{service}"}}[{range_s:.0f}s]))',
        labels={"service": service},
        level=incident(20.0, 20.0, after),
        range_s=range_s,
    )


WELL = {istio: 0.002, micrometer: 0.12, grpc: 0.01}
BAD = {istio: 0.4, micrometer: 2.4, grpc: 6.0}
FORMS = pytest.mark.parametrize("form", [istio, micrometer, grpc], ids=lambda form: form.__name__)


def verified(
    lines: list[PanelLine], at: float, service: str = "cart", step: float = 15.0, **changes: object
) -> Verification:
    """The verification of an action on the cart, `at` seconds after it."""
    before = page(lines, COMPLAINT, step=step)
    after = page(lines, ENDED + at, step=step, span=at + 200, phase=Phase.AFTER)
    return compare(FOUND, (before,), (after.model_copy(update=changes),), applied(service))


def proof_s(lines: list[PanelLine], step: float = 15.0) -> float:
    """The seconds that the proof takes."""
    return plan_proof(FOUND, (page(lines, COMPLAINT, step=step),)).takes.total_seconds()


@FORMS
def test_e6_1_another_service_that_is_still_bad_counts(form: Form) -> None:
    """The service that was acted on is well, another one is not, and is named."""
    lines = [form("cart", WELL[form]), form("search", BAD[form])]
    verification = verified(lines, proof_s(lines))
    assert verification.recovery is Recovery.STILL_BAD_ELSEWHERE
    assert verification.still_bad == ("search",)
    assert "search" in verification.reason


@FORMS
@pytest.mark.parametrize("range_s", [30.0, 120.0, 300.0, 600.0])
def test_e6_2_the_query_window_is_waited_for(form: Form, range_s: float) -> None:
    """A perfect cure is never "not recovered", and recovered when the proof's time is over."""
    lines = [form("cart", WELL[form], range_s)]
    takes = proof_s(lines)
    assert range_s < takes <= range_s * 1.25 + 120
    for at in range(10, int(takes - 0.06 * range_s) - 16, 20):
        assert verified(lines, at).recovery is Recovery.UNKNOWN
    assert verified(lines, takes).recovery is Recovery.RECOVERED


@FORMS
@pytest.mark.parametrize("range_s", [30.0, 120.0, 300.0, 600.0])
def test_e6_2_a_useless_action_is_not_recovered_after_the_proof(form: Form, range_s: float) -> None:
    """A fault that goes on is unknown while the proof takes, and not recovered then."""
    lines = [form("cart", BAD[form], range_s)]
    takes = proof_s(lines)
    assert verified(lines, takes / 2).recovery is Recovery.UNKNOWN
    assert verified(lines, takes).recovery is Recovery.NOT_RECOVERED


@FORMS
@pytest.mark.parametrize("step", [5.0, 15.0, 30.0, 60.0])
def test_e6_3_few_samples_are_enough(form: Form, step: float) -> None:
    """Five samples decide, at any step; four do not."""
    cured, ill = [form("cart", WELL[form])], [form("cart", BAD[form])]
    takes = proof_s(cured, step)
    assert takes <= 90 + 7 * step
    assert verified(cured, takes, step=step).recovery is Recovery.RECOVERED
    assert verified(ill, takes, step=step).recovery is Recovery.NOT_RECOVERED
    if step >= 30:
        early = verified(cured, takes - 3 * step, step=step)
        assert early.recovery is Recovery.UNKNOWN
        assert "samples" in early.reason


POD_FORMS = [
    ('rate(http_requests_total{code=~"5..",instance="%s"}[60s])', "instance", "10.2.3.4:8080", "10.2.9.9:80"),
    ('http_server_errors_per_second{pod_name="%s"}', "pod_name", "cart-0", "cart-1"),
    (
        'sum by (k8s_pod_name) (rate(app_request_errors_total{k8s_pod_name="%s"}[60s]))',
        "k8s.pod.name",
        "cart-7d9f8c6b5-x2x4z",
        "cart-66c9d7b8f-q8w7e",
    ),
]


@pytest.mark.parametrize(("expression", "label", "old", "new"), POD_FORMS)
@pytest.mark.parametrize("cured", [True, False])
def test_e6_4_new_instances_are_the_same_measurement(
    expression: str, label: str, old: str, new: str, *, cured: bool
) -> None:
    """A restart gives every instance a new name; what they measure together is compared."""

    def lines(name: str, after: float) -> list[PanelLine]:
        labels = {label: name, "service": "cart"}
        return [PanelLine("cart", expression % name, incident(0.01, 5.0, after), labels, range_s=60)]

    before = page(lines(old, 5.0), COMPLAINT)
    after = page(lines(new, 0.01 if cured else 5.0), ENDED + 200, span=199, phase=Phase.AFTER)
    verification = compare(FOUND, (before,), (after,), applied("cart"))
    assert verification.recovery is (Recovery.RECOVERED if cured else Recovery.NOT_RECOVERED)


@FORMS
def test_e6_4_one_of_two_new_instances_is_bad(form: Form) -> None:
    """Half a cure: the worst instance counts, or the sum over all."""
    good, bad = form("cart", WELL[form]), form("cart", BAD[form])
    lines = [
        replace(good, labels=dict(good.labels) | {"pod": "cart-1"}),
        replace(bad, labels=dict(bad.labels) | {"pod": "cart-2"}),
    ]
    assert verified(lines, proof_s(lines)).recovery is Recovery.NOT_RECOVERED


ALERTS = [
    ("CartErrorBudgetBurn", "cart", "page"),
    ("[P1] checkout failing", "", "P1"),
    ("HighLatency", "search", "warning"),
]


@pytest.mark.parametrize(("name", "service", "severity"), ALERTS)
def test_e6_5_an_alert_that_still_fires_prevents_recovered(name: str, service: str, severity: str) -> None:
    """The panels are well and the alert fires: unknown, and it is named. Then it resolves: recovered."""
    lines = [istio("cart", WELL[istio])]
    fires = (alert(name, service, COMPLAINT - 30, severity=severity),)
    before = page(lines, COMPLAINT)
    alerts = page([], COMPLAINT, logs=fires, target="alerts")
    takes = proof_s(lines)
    after = page(lines, ENDED + takes, phase=Phase.AFTER)
    firing = page([], ENDED + takes, logs=fires, target="alerts", phase=Phase.AFTER)
    quiet = page([], ENDED + takes, target="alerts", phase=Phase.AFTER)
    still = compare(FOUND, (before, alerts), (after, firing), applied("cart"))
    assert still.recovery is Recovery.UNKNOWN
    assert name in still.reason
    unseen = compare(FOUND, (before, alerts), (after,), applied("cart"))
    assert unseen.recovery is Recovery.UNKNOWN
    over = compare(FOUND, (before, alerts), (after, quiet), applied("cart"))
    assert over.recovery is Recovery.RECOVERED
    late = page(lines, ENDED + takes + 400, phase=Phase.AFTER)
    stuck = compare(FOUND, (before, alerts), (late, firing), applied("cart"))
    elsewhere = service == "search"
    assert stuck.recovery is (Recovery.STILL_BAD_ELSEWHERE if elsewhere else Recovery.UNKNOWN)
    assert name in stuck.reason


@pytest.mark.parametrize("state", ["suppressed", "resolved", "Normal"])
def test_e6_5_an_alert_that_does_not_fire_is_no_evidence(state: str) -> None:
    """Silenced, inhibited and resolved alerts prevent nothing."""
    lines = [grpc("cart", WELL[grpc])]
    quiet = (alert("Slow", "cart", COMPLAINT - 30, state=state),)
    before = page(lines, COMPLAINT, logs=quiet)
    after = page(lines, ENDED + 200, logs=quiet, phase=Phase.AFTER)
    assert compare(FOUND, (before,), (after,), applied("cart")).recovery is Recovery.RECOVERED


@FORMS
def test_e6_6_the_symptom_of_a_wrong_action_is_not_recovered(form: Form) -> None:
    """The service that was acted on never was bad: nothing is cured, and nothing is called so."""
    lines = [form("cart", BAD[form]), requests("search")]
    assert verified(lines, proof_s(lines), service="search").recovery is Recovery.NOT_RECOVERED


@FORMS
def test_e6_6_without_requests_nothing_is_proven(form: Form) -> None:
    """No errors because there are no requests: unknown, and that is said."""
    lines = [form("cart", WELL[form]), requests("cart", after=0.0)]
    verification = verified(lines, proof_s(lines))
    assert verification.recovery is Recovery.UNKNOWN
    assert "traffic" in verification.reason


@FORMS
def test_e6_6_what_is_not_seen_is_unknown(form: Form) -> None:
    """Panels that end, or a page that does not open, are unknown."""
    lines = [form("cart", None)]
    assert verified(lines, proof_s(lines)).recovery is Recovery.UNKNOWN
    before = page(lines, COMPLAINT)
    assert compare(FOUND, (before,), (), applied("cart")).recovery is Recovery.UNKNOWN


def test_e6_6_errors_that_end_with_their_series_are_over_while_requests_go_on() -> None:
    """A counter of errors that does not exist after a restart is zero, unless its panel was not read."""
    lines = [grpc("cart", None), requests("cart")]
    assert verified(lines, proof_s(lines)).recovery is Recovery.RECOVERED
    before, after = page(lines, COMPLAINT), page(lines, ENDED + 300, span=290, phase=Phase.AFTER)
    unread = frozenset({PanelRef("overview", "panel 0")})
    assert compare(FOUND, (before,), (after,), applied("cart"), unread).recovery is Recovery.UNKNOWN


@FORMS
@pytest.mark.parametrize("share", [0.35, 0.6])
def test_e6_6_half_a_cure_is_none(form: Form, share: float) -> None:
    """A level between normal and the incident's is not recovered."""
    level = WELL[form] + share * (BAD[form] - WELL[form])
    lines = [form("cart", level)]
    assert verified(lines, proof_s(lines)).recovery is not Recovery.RECOVERED


@FORMS
def test_e6_7_a_relapse_within_the_proof_is_seen(form: Form) -> None:
    """A cure that holds for 45 seconds is not called one."""
    line = form("cart", WELL[form])
    relapse = replace(line, level=incident(WELL[form], BAD[form], WELL[form], until=ENDED + 45))
    takes = proof_s([relapse])
    assert verified([relapse], takes).recovery is not Recovery.RECOVERED
    assert verified([relapse], takes + 60).recovery is Recovery.NOT_RECOVERED


@FORMS
def test_e6_7_no_look_before_the_proof_may_lead_to_an_undo(form: Form) -> None:
    """However bad it looks, an early look says unknown."""
    lines = [form("cart", BAD[form] * 2, 120.0)]
    takes = proof_s(lines)
    early = [verified(lines, at).recovery for at in range(5, int(takes) - 20, 15)]
    assert set(early) == {Recovery.UNKNOWN}


def test_e6_7_a_mean_that_is_still_falling_is_not_called_useless() -> None:
    """An average over past requests falls for minutes after a cure."""

    def falling(at: float) -> float:
        if at < 200:
            return 0.05
        return 3.0 if at < ENDED else 0.05 + 2.95 * math.exp(-(at - ENDED) / 90)

    line = PanelLine(
        "cart", 'request_latency_average_seconds{service="cart"}', falling, {"service": "cart"}, "seconds"
    )
    for at in (95, 120, 150, 200):
        assert verified([line], at).recovery is Recovery.UNKNOWN
    assert verified([line], 900).recovery is Recovery.RECOVERED


@pytest.mark.parametrize(("normal", "bad"), [(0.0, 9.0), (3.0, 40.0), (0.0, 0.0)])
def test_what_was_always_zero_can_be_proven_too(normal: float, bad: float) -> None:
    """A cited number without a usual spread has levels; one that never changed says nothing."""
    line = PanelLine(
        "cart", "checkout_slots_parked", incident(normal, bad, normal), {"service": "cart"}, noise=0.0
    )
    cited = FOUND.model_copy(update={"root_cause_candidates": (_citing(page([line], COMPLAINT)),)})
    takes = plan_proof(cited, (page([line], COMPLAINT),)).takes.total_seconds()
    after = page([line], ENDED + takes, span=takes + 200, phase=Phase.AFTER)
    recovery = compare(cited, (page([line], COMPLAINT),), (after,), applied("cart")).recovery
    assert recovery is (Recovery.RECOVERED if bad > normal else Recovery.UNKNOWN)


def _citing(shown: Evidence) -> Candidate:
    citation = Citation(id=shown.series[0].id, description="It waits.", after=1.0)
    return Candidate(
        service="cart",
        incident_type="resource_exhaustion",
        confidence=0.9,
        explanation="It waits.",
        evidence=(citation,),
    )
