"""Traces and changes in the forms of their products."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.incidents.folder import FolderRecording, read_recordings

T0 = 1_780_000_000


def recording(folder: Path, name: str, content: object) -> FolderRecording:
    """The folder with one JSON file, or one of lines."""
    lines = (
        "\n".join(json.dumps(each) for each in content) if isinstance(content, tuple) else json.dumps(content)
    )
    (folder / name).write_text(lines)
    return read_recordings(folder)


def _jaeger(**fields: object) -> dict[str, object]:
    return {
        "traceID": "t",
        "spanID": "b",
        "operationName": "charge",
        "startTime": T0 * 10**6,
        "duration": 500_000,
        "processID": "p2",
    } | fields


def _otlp(service: str, span: str, parent: str, **fields: object) -> dict[str, object]:
    times = {"startTimeUnixNano": str(T0 * 10**9), "endTimeUnixNano": str(T0 * 10**9 + 5 * 10**8)}
    return {
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [
            {"spans": [{"traceId": "t", "spanId": span, "parentSpanId": parent} | times | fields]}
        ],
    }


JAEGER: dict[str, Any] = {
    "traceID": "t",
    "spans": [
        _jaeger(spanID="a", processID="p1"),
        _jaeger(
            references=[{"refType": "CHILD_OF", "traceID": "t", "spanID": "a"}],
            tags=[{"key": "error", "type": "bool", "value": True}],
        ),
    ],
    "processes": {"p1": {"serviceName": "shop"}, "p2": {"serviceName": "pay"}},
}
ZIPKIN = [
    {
        "traceId": "t",
        "id": "a",
        "kind": "SERVER",
        "timestamp": T0 * 10**6,
        "duration": 500_000,
        "localEndpoint": {"serviceName": "shop"},
    },
    {
        "traceId": "t",
        "id": "b",
        "parentId": "a",
        "kind": "SERVER",
        "timestamp": T0 * 10**6,
        "duration": 500_000,
        "localEndpoint": {"serviceName": "pay"},
        "tags": {"error": "refused"},
    },
]
TRACES = {
    "jaeger api": {"data": [JAEGER]},
    "jaeger export": [JAEGER],
    "jaeger index": tuple(
        {**span, "process": JAEGER["processes"][span.pop("processID")]}
        for span in json.loads(json.dumps(JAEGER))["spans"]
    ),
    "otlp": {"resourceSpans": [_otlp("shop", "a", ""), _otlp("pay", "b", "a", status={"code": 2})]},
    "otlp lines": (
        {"resourceSpans": [_otlp("shop", "a", "")]},
        {"resourceSpans": [_otlp("pay", "b", "a", status={"code": "STATUS_CODE_ERROR"})]},
    ),
    "zipkin": ZIPKIN,
    "zipkin api": [ZIPKIN],
    "ours": (
        {"traceId": "t", "spanId": "a", "service": "shop", "start": T0, "durationMs": 500},
        {
            "traceId": "t",
            "spanId": "b",
            "parentId": "a",
            "service": "pay",
            "start": T0,
            "durationMs": 500,
            "error": True,
        },
    ),
}


@pytest.mark.parametrize("form", TRACES)
def test_e5_1_traces_of_any_product(tmp_path: Path, form: str) -> None:
    """Durations, errors and calls are the same in every form."""
    content = TRACES[form]
    read = recording(tmp_path, "export.jsonl" if isinstance(content, tuple) else "export.json", content)
    assert [(call.caller, call.callee) for call in read.telemetry.dependencies] == [("shop", "pay")]
    values = {(series.service, series.metric): series.values.tolist() for series in read.telemetry.series}
    assert values["pay", "spans_duration_seconds"] == [0.5]
    assert values["pay", "spans_error_ratio"] == [1]
    assert values["shop", "spans_own_error_ratio"] == [0]
    assert read.files[0].spans == 2


EVENT = {
    "kind": "Event",
    "metadata": {"uid": "u1"},
    "involvedObject": {"kind": "Pod", "name": "pay-1", "namespace": "shop"},
    "reason": "OOMKilling",
    "message": "out of memory",
    "lastTimestamp": "2026-05-28T20:26:40Z",
    "type": "Warning",
}
ARGO = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "pay"},
    "status": {"history": [{"id": 7, "revision": "abc123", "deployedAt": "2026-05-28T20:26:40Z"}]},
}
FLUX = {
    "apiVersion": "helm.toolkit.fluxcd.io/v2",
    "kind": "HelmRelease",
    "metadata": {"name": "pay"},
    "status": {
        "history": [
            {
                "version": 3,
                "chartVersion": "1.2.3",
                "appVersion": "v8",
                "lastDeployed": "2026-05-28T20:26:40Z",
                "status": "deployed",
            }
        ]
    },
}
HELM = [
    {
        "revision": 3,
        "updated": "2026-05-28T22:26:40.0+02:00",
        "status": "deployed",
        "chart": "pay-1.2.3",
        "app_version": "v8",
        "description": "Upgrade complete",
    }
]
CHANGES = {
    "kubernetes list": ({"kind": "List", "items": [EVENT]}, "pay-1", "OOMKilling", None),
    "kubernetes event": (EVENT, "pay-1", "OOMKilling", None),
    "argo": (ARGO, "pay", "argocd-sync", "abc123"),
    "argo list": ({"items": [ARGO]}, "pay", "argocd-sync", "abc123"),
    "flux": (FLUX, "pay", "flux-release", "v8"),
    "helm": (HELM, "pay", "helm-release", "v8"),
    "ours": (
        ({"id": "c1", "timestamp": T0, "service": "pay", "kind": "deployment", "version": "v8"},),
        "pay",
        "deployment",
        "v8",
    ),
}


@pytest.mark.parametrize("form", CHANGES)
def test_e5_1_changes_of_any_product(tmp_path: Path, form: str) -> None:
    """The kind stays as the source names it."""
    content, service, kind, version = CHANGES[form]
    (change,) = recording(tmp_path, "history.json", content).telemetry.changes
    assert (change.service, change.kind, change.version) == (service, kind, version)
    assert change.at.timestamp() == T0


def test_a_folder_of_logs_alone_is_read(tmp_path: Path) -> None:
    """Without metrics the telemetry has what there is."""
    read = recording(
        tmp_path, "logs.jsonl", ({"timestamp": T0, "service": "pay", "level": "error", "message": "x"},)
    )
    assert read.telemetry.series == ()
    assert len(read.telemetry.log_templates) == 1


def _call(attributes: dict[str, str], kind: object = 3) -> dict[str, object]:
    fields = [{"key": name, "value": {"stringValue": value}} for name, value in attributes.items()]
    return _otlp("pay", "b", "a", kind=kind, attributes=fields)


@pytest.mark.parametrize(
    ("attributes", "peer"),
    [
        ({"peer.service": "bank", "server.address": "10.0.0.1"}, "bank"),
        ({"server.address": "api.bank.example", "server.port": "443"}, "api.bank.example"),
        ({"net.peer.name": "ledger.shop.svc.cluster.local"}, "ledger"),
        ({"http.url": "https://bank.example:8443/charge?card=1"}, "bank.example"),
        ({"server.address": "127.0.0.1", "db.system": "postgresql"}, "postgresql"),
        ({"messaging.system": "rabbitmq", "net.peer.name": "localhost"}, "rabbitmq"),
    ],
)
def test_what_has_no_spans_of_its_own_is_seen_by_its_callers(
    tmp_path: Path, attributes: dict[str, str], peer: str
) -> None:
    """A database or somebody else's service has the time and the errors of the calls to it."""
    spans = (
        {"resourceSpans": [_otlp("pay", "a", "", kind=2)]},
        {"resourceSpans": [_call(attributes, "SPAN_KIND_CLIENT") | {}]},
    )
    telemetry = recording(tmp_path, "spans.jsonl", spans).telemetry
    assert [(call.caller, call.callee) for call in telemetry.dependencies] == [("pay", peer)]
    durations = {
        line.service: line.values[0] for line in telemetry.series if line.metric == "spans_self_time_seconds"
    }
    assert durations == {"pay": 0.0, peer: 0.5}


def test_a_callee_with_spans_of_its_own_is_seen_once(tmp_path: Path) -> None:
    """The client's word for it is another name of the same service; a server's peer is its caller."""
    spans = (
        {"resourceSpans": [_call({"server.address": "bank-7f9c.internal"})]},
        {
            "resourceSpans": [
                _otlp(
                    "bank",
                    "c",
                    "b",
                    kind=2,
                    attributes=[{"key": "net.peer.name", "value": {"stringValue": "pay.internal"}}],
                )
            ]
        },
    )
    telemetry = recording(tmp_path, "spans.jsonl", spans).telemetry
    assert [(call.caller, call.callee) for call in telemetry.dependencies] == [("pay", "bank")]
    assert {line.service for line in telemetry.series} == {"pay", "bank"}


@pytest.mark.parametrize(
    "span",
    [
        {"kind": "CLIENT", "remoteEndpoint": {"serviceName": "bank"}},
        {"kind": "PRODUCER", "tags": {"peer.service": "bank"}},
    ],
)
def test_zipkin_names_the_other_end(tmp_path: Path, span: dict[str, object]) -> None:
    """By an endpoint or by tags."""
    common = {
        "traceId": "t",
        "timestamp": T0 * 10**6,
        "duration": 500_000,
        "localEndpoint": {"serviceName": "pay"},
    }
    telemetry = recording(tmp_path, "zipkin.json", [common | {"id": "a"} | span]).telemetry
    assert [(call.caller, call.callee) for call in telemetry.dependencies] == [("pay", "bank")]
