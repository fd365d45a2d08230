"""E4: evidence under the names of pods, workloads and clusters is evidence about services."""

import unicodedata
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from missions.evidence import Change, Dependency, Evidence, LogLine, Origin, Series
from missions.plan import Phase, Window
from rca.diagnosis import diagnose
from rca.engine import analyze
from rca.reported_symptom import ReportedSymptom, reported_symptom
from rca.telemetry import Telemetry, resolved, telemetry_of

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
STEP = 15
SAMPLES = 240
ONSET = 160


def series(service: str, metric: str, *, bad: bool, number: int = 0, **labels: str) -> Series:
    """An hour of a metric of a calm service, or of one that fails after forty minutes."""
    generator = np.random.default_rng([number, *map(ord, service + metric)])
    usual, extra = (0.2, 0.8) if metric == "request_duration_seconds" else (0.002, 0.3)
    values = usual * generator.lognormal(0, 0.1, SAMPLES)
    values[ONSET:] += extra if bad else 0
    points = tuple((START.timestamp() + STEP * place, float(value)) for place, value in enumerate(values))
    text = "/".join((metric, service, *labels.values()))
    return Series(
        id=text,
        panel="p",
        service=service,
        metric=metric,
        unit="",
        query="",
        origin=Origin.EXPORT,
        labels={name.replace("__", "."): value for name, value in labels.items()},
        points=points,
    )


def page(
    *recorded: Series,
    logs: tuple[LogLine, ...] = (),
    changes: tuple[Change, ...] = (),
    calls: tuple[tuple[str, str], ...] = (),
    cluster: str = "",
    aliases: dict[str, tuple[str, ...]] | None = None,
) -> Evidence:
    window = Window(start=START, end=START + timedelta(seconds=STEP * SAMPLES))
    return Evidence(
        target="t",
        phase=Phase.BEFORE,
        window=window,
        series=recorded,
        logs=logs,
        changes=changes,
        dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in calls),
        cluster=cluster,
        aliases=aliases or {},
    )


def line(service: str, second: int, **fields: str) -> LogLine:
    return LogLine(
        id=f"log/{service}/{second}",
        at=START + timedelta(seconds=second),
        service=service,
        level="error",
        message="upstream answered 502",
        fields=fields,
    )


def change(service: str) -> Change:
    at = START + timedelta(seconds=STEP * ONSET - 30)
    return Change(id="c1", at=at, service=service, kind="deployment", description="new image")


@pytest.mark.parametrize(
    ("service", "pod", "workload"),
    [
        ("invoice", "invoice-7f9c6d8b5-xk2lp", "deployment/invoice"),
        ("корзина", "shop-корзина-1", "корзина-deployment"),
        ("mail-relay", "mail-relay-6c3e1a8e-1b7c-4d2f-9a10-3f5b7c9d1e2f", "mail-relay.service"),
    ],
)
def test_e4_1_logs_metrics_and_changes_are_about_one_service(service: str, pod: str, workload: str) -> None:
    """Each part has the service's name, and the change is cited for the service that fails."""
    evidence = page(
        series(service, "request_duration_seconds", bad=True),
        series(service, "error_ratio", bad=True),
        series("front", "request_duration_seconds", bad=False),
        series("front", "error_ratio", bad=False),
        logs=tuple(line(pod, STEP * ONSET + second) for second in range(60)),
        changes=(change(workload),),
        calls=(("front", service),),
    )
    telemetry = telemetry_of((evidence,))
    assert set(telemetry.services) == {service, "front"}
    assert {record.service for record in telemetry.logs} == {service}
    assert {record.service for record in telemetry.changes} == {service}
    diagnosis = diagnose("", (evidence,))
    assert diagnosis.root_cause_candidates[0].service == service
    assert "c1" in {citation.id for citation in diagnosis.root_cause_candidates[0].evidence}
    assert {merge.name for merge in diagnosis.merged_names} >= {pod, workload}


@pytest.mark.parametrize("name", ["gebühren", "đặt-hàng", "予約ページ"])
def test_e4_2_both_normal_forms_are_one_service(name: str) -> None:
    """Metrics in one form, logs and calls in the other, and the question in either."""
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    evidence = page(
        series(decomposed, "error_ratio", bad=True),
        logs=(line(composed, STEP * ONSET),),
        calls=(("front", composed),),
    )
    telemetry = telemetry_of((evidence,))
    assert telemetry.services == tuple(sorted(("front", composed)))
    for text in (f"{composed} fails", f"“{decomposed}” fails."):
        assert reported_symptom(text, telemetry.services, telemetry.identities) == ReportedSymptom(
            composed, "errors"
        )


@pytest.mark.parametrize(
    ("label", "first", "second", "shown"),
    [
        ("cluster", "east", "west", "cluster"),
        ("k8s__cluster__name", "рим", "милан", "cluster"),
        ("deployment__environment", "canary", "production", "environment"),
        ("namespace", "shop", "b2b", "namespace"),
    ],
)
def test_e4_3_two_places_are_two_candidates(label: str, first: str, second: str, shown: str) -> None:
    """The failing place is named; calls stay within a place; the candidate has its identity."""
    recorded = [
        series(service, metric, bad=place == first, number=number, **{label: place})
        for number, place in enumerate((first, second))
        for service in ("gate", "billing")
        for metric in ("request_duration_seconds", "error_ratio")
    ]
    evidence = page(*recorded, calls=(("gate", "billing"),))
    telemetry = telemetry_of((evidence,))
    places = (f"({shown} {first})", f"({shown} {second})")
    assert set(telemetry.dependencies) == {
        Dependency(caller=f"gate {place}", callee=f"billing {place}") for place in places
    }
    diagnosis = diagnose(f"gate in {first} is slow", (evidence,))
    cause = diagnosis.root_cause_candidates[0]
    assert cause.service == f"billing ({shown} {first})"
    assert cause.identity is not None
    assert (cause.identity.service, cause.identity.words) == ("billing", cause.service)


def test_e4_3_two_spellings_of_the_cluster_label_are_one() -> None:
    """Metrics and logs name one cluster by two labels."""
    evidence = page(
        series("billing", "error_ratio", bad=True, cluster="east"),
        series("billing", "request_duration_seconds", bad=True, k8s_cluster_name="east"),
        series("billing", "error_ratio", bad=False, number=1, cluster="west"),
        logs=(line("billing", STEP * ONSET, **{"k8s.cluster.name": "east"}),),
    )
    telemetry = telemetry_of((evidence,))
    assert telemetry.services == ("billing (cluster east)", "billing (cluster west)")
    assert telemetry.logs[0].service == "billing (cluster east)"


def test_e4_3_a_dashboards_cluster_counts_without_labels() -> None:
    """Two connectors show one service name each; changes and calls follow their dashboards."""
    east = page(series("billing", "error_ratio", bad=True), changes=(change("billing"),), cluster="east")
    west = page(series("billing", "error_ratio", bad=False, number=1), cluster="west")
    telemetry = telemetry_of((east, west))
    assert telemetry.services == ("billing (cluster east)", "billing (cluster west)")
    assert telemetry.changes[0].service == "billing (cluster east)"


def test_e4_3_what_names_no_place_is_missing_evidence() -> None:
    """A change of one of two services is not given to either, and the diagnosis says so."""
    evidence = page(
        series("billing", "error_ratio", bad=True, cluster="east"),
        series("billing", "error_ratio", bad=False, number=1, cluster="west"),
        changes=(change("billing"),),
    )
    assert "whether billing is billing (cluster east) or billing (cluster west)" in (
        diagnose("", (evidence,)).missing_evidence
    )


def test_e4_1_files_and_pages_go_the_same_way() -> None:
    """Telemetry that no page made is resolved by the engine; resolving again changes nothing."""
    page_telemetry = telemetry_of((page(series("cart", "error_ratio", bad=True)),))
    raw = Telemetry(page_telemetry.series, (line("cart-7f9c6d8b5-xk2lp", 2400),), (), ())
    once = resolved(raw)
    assert once.logs[0].service == "cart"
    assert resolved(once) is once
    assert analyze(raw) == analyze(once)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("customers say that checkout-7f9c6d8b5-xk2lp hangs", "checkout"),
        ("Look at 'checkout'.", "checkout"),
        ("the checkouts fail", "checkout"),
        ("Kasse antwortet nicht", "checkout"),
        ("checkout.shop.svc.cluster.local:8080 times out", "checkout"),
        ("user-db is slow, and checkout", "checkout"),
        ("nothing is named", None),
    ],
)
def test_e4_1_a_sentence_may_use_any_name(text: str, service: str | None) -> None:
    """Pods, addresses, aliases, plurals and marks around the name; the longest name counts."""
    evidence = page(
        series("checkout", "error_ratio", bad=True),
        series("user", "error_ratio", bad=False),
        aliases={"checkout": ("Kasse",)},
    )
    telemetry = telemetry_of((evidence,))
    reported = reported_symptom(text, telemetry.services, telemetry.identities)
    assert (reported.service if reported else None) == service
