"""Metrics in the forms that products and people write: each has the same series in the end."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from adapters.incidents.folder import FolderRecording, read_recordings
from missions.errors import InvalidError
from missions.measurement import MeasuredRole
from rca.series import TimeSeries

T0 = 1_780_000_000


def recording(folder: Path, name: str, content: str | bytes) -> FolderRecording:
    """The folder with one file."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_recordings(folder)


def by_service(recorded: FolderRecording) -> dict[str, TimeSeries]:
    """The series of each service, of which it has one."""
    return {series.service: series for series in recorded.telemetry.series}


LONG = {
    "names of the columns": "timestamp;microservice;kpi;value\n"
    + "".join(
        f"{T0 + 60 * i};{s};p95_ms;{v + i}\n" for i in range(3) for s, v in (("pay", 90), ("cart", 10))
    ),
    "any order": "value,service,metric,time\n"
    + "".join(
        f"{v + i},{s},p95_ms,{T0 + 60 * i}\n" for s, v in (("pay", 90), ("cart", 10)) for i in (2, 0, 1)
    ),
    "influx": "#datatype,string,long,dateTime,double,string,string\n"
    ",result,table,_time,_value,_field,service\n"
    + "".join(
        f",_result,{t},2026-05-28T20:{26 + i}:40Z,{v + i},p95_ms,{s}\n"
        for t, (s, v) in enumerate((("pay", 90), ("cart", 10)))
        for i in range(3)
    ),
    "a column for each metric": "date\tapp\tp95_ms\n"
    + "".join(
        f"2026-05-28 20:{26 + i}:40+00:00\t{s}\t{v + i}\n"
        for i in range(3)
        for s, v in (("pay", 90), ("cart", 10))
    ),
}


@pytest.mark.parametrize("form", LONG)
def test_e5_1_a_long_table_has_a_series_for_each_service(tmp_path: Path, form: str) -> None:
    """One sample a line, in any order, with any usual name of the columns."""
    read = recording(tmp_path, "export.csv", LONG[form])
    series = by_service(read)
    assert sorted(series) == ["cart", "pay"]
    assert series["pay"].values.tolist() == [90, 91, 92]
    assert series["cart"].metric == "p95_ms"
    assert series["pay"].meaning.role is MeasuredRole.LATENCY
    assert np.diff(series["pay"].times).tolist() == [60, 60]
    assert read.files[0].samples == 6


@pytest.mark.parametrize(
    ("column", "cells", "values", "unit"),
    [
        ("pay_p95_latency", ["998 ms", "1.02 s", "850 µs"], [0.998, 1.02, 0.00085], "seconds"),
        ("pay_latency_ms", ["1.2 s", "950 ms", "2 s"], [1200, 950, 2000], "milliseconds"),
        ("pay_error_percent", ["30.00 %", "0.5%", "-"], [30, 0.5], "percent"),
        ("pay_error_ratio", ["30.00 %", "0.5%", "null"], [0.3, 0.005], "ratio"),
        ("pay_requests", ["1.5k", "38.2", "1.20 K"], [1500, 38.2, 1200], ""),
        ("pay_request_rate", ["38.2 req/s", "1.1k req/s", "NaN"], [38.2, 1100], "requests/s"),
        ("pay_memory", ["3.2 GiB", "512Mi", "1 GiB"], [3.2 * 1024**3, 512 * 1024**2, 1024**3], "bytes"),
        ("pay_requests", ['"1,234.5"', '"12,000"', "7"], [1234.5, 12000, 7], ""),
        ("pay_cpu_usage", ["250m", "1500m", ""], [250, 1500], "millicores"),
        ("pay_gc_pause", ["1m30s", "1.5s", "2m0s"], [90, 1.5, 120], "seconds"),
    ],
)
def test_e5_1_cells_have_units(
    tmp_path: Path, column: str, cells: list[str], values: list[float], unit: str
) -> None:
    """A column is in one unit: the name's, else that of its cells. Gaps are no samples."""
    rows = "".join(f"{T0 + 60 * i},{cell}\n" for i, cell in enumerate(cells))
    (series,) = recording(tmp_path, "metrics.csv", f"time,{column}\n{rows}").telemetry.series
    np.testing.assert_allclose(series.values, values)
    assert series.meaning.unit == unit or not unit
    assert series.service == "pay"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        (
            "semicolon.csv",
            "Zeit;pay_latency_p95_seconds\n28.05.2026 20:26:40;0,25\n28.05.2026 20:27:40;1.250,5\n",
        ),
        ("tab.tsv", "time\tpay_latency_p95_seconds\n1780000000\t0.25\n1780000060\t1250.5\n"),
        ("excel.csv", "sep=;\ntime;pay_latency_p95_seconds\n1780000000;0,25\n1780000060;1250,5\n"),
        ("pipe.txt.csv", "time|pay_latency_p95_seconds\n1780000000|0.25\n1780000060|1250.5\n"),
    ],
)
def test_e5_1_a_table_has_any_delimiter(tmp_path: Path, name: str, table: str) -> None:
    """Semicolons come with decimal commas."""
    (series,) = recording(tmp_path, name, table).telemetry.series
    assert series.values.tolist() == [0.25, 1250.5]
    assert series.times.tolist() == [T0, T0 + 60]


HEADERS = {
    "selector": '"http_request_duration_seconds{quantile=""0.95"",service=""pay"",cluster=""eu""}"',
    "name in the labels": '"{__name__=""http_request_duration_seconds"", cluster=""eu"", service=""pay""}"',
    "query": '"histogram_quantile(0.95, sum by (le) '
    '(rate(http_request_duration_seconds_bucket{service=""pay""}[5m])))"',
}


@pytest.mark.parametrize("form", HEADERS)
def test_e5_1_a_column_is_named_by_a_selector(tmp_path: Path, form: str) -> None:
    """The labels name the service, and stay on the series."""
    read = recording(
        tmp_path,
        "Latency-data-as-joinbyfield-2026-05-28 20_26_40.csv",
        f'"Time",{HEADERS[form]}\n{T0}000,0.2\n{T0 + 60}000,0.3\n',
    )
    (series,) = read.telemetry.series
    assert series.service == "pay"
    assert series.meaning.role is MeasuredRole.LATENCY
    assert series.meaning.statistic in {"p95", ""}
    assert form == "query" or dict(series.labels)["cluster"] == "eu"


def test_e5_1_a_joined_export_without_labels_has_its_metric_in_the_files_name(tmp_path: Path) -> None:
    """Grafana's columns are the legend; what they measure is the panel's title."""
    table = '"Time","pay","cart"\n2026-05-28 20:26:40,12 ms,9 ms\n2026-05-28 20:27:40,13 ms,8 ms\n'
    read = recording(tmp_path, "P95 latency-data-as-joinbyfield-2026-05-28 22_30_00.csv", table)
    series = by_service(read)
    assert sorted(series) == ["cart", "pay"]
    assert series["pay"].meaning.role is MeasuredRole.LATENCY


def answers() -> dict[str, object]:
    """The same two series as products' APIs answer."""
    labels = {"__name__": "request_latency_p95_seconds", "service": "pay", "cluster": "eu"}
    times, values = [T0, T0 + 60, T0 + 120], [0.1, 0.2, 0.3]
    pairs = [[at, str(value)] for at, value in zip(times, values, strict=True)]
    frame = {
        "schema": {
            "fields": [
                {"name": "Time", "type": "time"},
                {"name": "Value", "type": "number", "labels": labels, "config": {"unit": "s"}},
            ]
        },
        "data": {"values": [[at * 1000 for at in times], values]},
    }
    point = [
        {"timeUnixNano": str(at * 10**9), "asDouble": value} for at, value in zip(times, values, strict=True)
    ]
    resource = {
        "attributes": [
            {"key": "service.name", "value": {"stringValue": "pay"}},
            {"key": "k8s.cluster.name", "value": {"stringValue": "eu"}},
        ]
    }
    otlp = {
        "resourceMetrics": [
            {
                "resource": resource,
                "scopeMetrics": [
                    {
                        "metrics": [
                            {"name": "request_latency_p95", "unit": "s", "gauge": {"dataPoints": point}}
                        ]
                    }
                ],
            }
        ]
    }
    datadog = {
        "status": "ok",
        "series": [
            {
                "metric": "request_latency_p95",
                "tag_set": ["service:pay", "cluster:eu"],
                "pointlist": [[at * 1000.0, value] for at, value in zip(times, values, strict=True)],
                "unit": [{"name": "second", "short_name": "s"}, None],
                "expression": "avg:request_latency_p95{*} by {service,cluster}",
            }
        ],
    }
    timeseries = {
        "data": {
            "type": "timeseries_response",
            "attributes": {
                "times": [at * 1000 for at in times],
                "values": [values],
                "series": [
                    {
                        "query": "avg:request_latency_p95{service:pay}",
                        "group_tags": ["cluster:eu"],
                        "unit": [{"short_name": "s"}],
                    }
                ],
            },
        }
    }
    return {
        "matrix": {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": labels, "values": pairs}]},
        },
        "promtool": [{"metric": labels, "values": pairs}],
        "frames": {"results": {"A": {"status": 200, "frames": [frame]}}},
        "inspector": [frame],
        "victoria": {"metric": labels, "values": values, "timestamps": [at * 1000 for at in times]},
        "otlp": otlp,
        "datadog": datadog,
        "datadog v2": timeseries,
    }


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", answers())
def test_e5_1_an_api_answer_is_read_as_it_is(tmp_path: Path, form: str, packed: bool) -> None:  # noqa: FBT001  a parameter
    """Also compressed; labels stay on the series."""
    content = json.dumps(answers()[form]).encode()
    name = "answer.json.gz" if packed else "answer.json"
    read = recording(tmp_path, name, gzip.compress(content) if packed else content)
    (series,) = read.telemetry.series
    assert series.service == "pay"
    assert series.times.tolist() == [T0, T0 + 60, T0 + 120]
    assert series.values.tolist() == [0.1, 0.2, 0.3]
    assert series.meaning.role is MeasuredRole.LATENCY
    assert series.meaning.unit == "seconds"
    assert "eu" in dict(series.labels).values()
    assert read.files[0].form


def test_e5_1_vectors_over_time_become_one_series(tmp_path: Path) -> None:
    """One answer a line, as a loop around the instant query writes."""
    labels = {"__name__": "up", "job": "pay"}
    lines = [
        json.dumps(
            {
                "status": "success",
                "data": {"resultType": "vector", "result": [{"metric": labels, "value": [T0 + 15 * i, "1"]}]},
            }
        )
        for i in range(4)
    ]
    (series,) = recording(tmp_path, "up.jsonl", "\n".join(lines)).telemetry.series
    assert series.service == "pay"
    assert series.times.tolist() == [T0, T0 + 15, T0 + 30, T0 + 45]


@pytest.mark.parametrize(
    "text",
    [
        f'{{__name__="up", job="pay"}} =>\n1 @[{T0}.000]\n0 @[{T0 + 15}.000]\n',
        f'{{__name__="up", job="pay"}} 1 {T0}000\n{{__name__="up", job="pay"}} 0 {T0 + 15}000\n',
        f'# TYPE up gauge\nup{{job="pay"}} 1 {T0}\nup{{job="pay"}} 0 {T0 + 15}\n',
    ],
)
def test_e5_1_promtools_text_is_read(tmp_path: Path, text: str) -> None:
    """Range and instant queries, and dumps with times."""
    (series,) = recording(tmp_path, "up.txt", text).telemetry.series
    assert (series.service, series.metric) == ("pay", "up")
    assert series.values.tolist() == [1, 0]


def test_e5_1_cloudwatch_answers(tmp_path: Path) -> None:
    """`get-metric-data` is newest first; `get-metric-statistics` has a column for each statistic."""
    data = {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "pay CPUUtilization",
                "Timestamps": ["2026-05-28T20:27:40+00:00", "2026-05-28T20:26:40+00:00"],
                "Values": [80.0, 20.0],
                "StatusCode": "PartialData",
            }
        ]
    }
    points = [
        {"Timestamp": f"2026-05-28T20:{26 + i}:40Z", "Average": 0.1 * i, "Maximum": 1.0, "Unit": "Seconds"}
        for i in range(2)
    ]
    (tmp_path / "cart.json").write_text(json.dumps({"Label": "cart Latency", "Datapoints": points}))
    read = recording(tmp_path, "data.json", json.dumps(data))
    series = {(each.service, each.meaning.statistic): each for each in read.telemetry.series}
    assert series["pay", "mean"].values.tolist() == [20, 80]
    assert series["cart", "max"].values.tolist() == [1, 1]
    assert any("part of the data" in note for report in read.files for note in report.notes)


def test_e5_1_three_header_rows_in_other_words(tmp_path: Path) -> None:
    """Levels of a header, as a data frame with several of them is saved."""
    table = "service,pay,,cart\nmetric,latency,cpu,latency\ntime,,,\n" + f"{T0},1,2,3\n{T0 + 60},2,3,4\n"
    read = recording(tmp_path, "metrics.csv", table)
    assert [(each.service, each.metric) for each in read.telemetry.series] == [
        ("pay", "latency"),
        ("pay", "cpu"),
        ("cart", "latency"),
    ]


def test_pages_of_an_export_become_one_series(tmp_path: Path) -> None:
    """Two files with the same series and windows after each other."""
    (tmp_path / "page-1.csv").write_text(f"time,pay_latency\n{T0},1\n{T0 + 60},2\n")
    read = recording(tmp_path, "page-2.csv", f"time,pay_latency\n{T0 + 120},3\n")
    (series,) = read.telemetry.series
    assert series.values.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("metrics.csv", "name,pay_latency\nx,1\ny,2\n", "line 2: 'x; 1' holds no time"),
        ("metrics.json", '{"status": "success", "data": ', "line 1"),
        ("metrics.json", '{"foo": [1, 2]}', "was not understood"),
        ("logs.jsonl", "hello\nworld\n", "'hello' was not understood"),
        ("metrics.csv.gz", "no gzip\n", "metrics.csv.gz: expected"),
    ],
)
def test_e5_1_a_refusal_says_what_was_expected_and_what_was_not_understood(
    tmp_path: Path, name: str, content: str, expected: str
) -> None:
    """One line with the file, the line and the text."""
    with pytest.raises(InvalidError) as refused:
        recording(tmp_path, name, content)
    assert expected in str(refused.value)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_e5_1_nothing_is_ignored_without_a_word(tmp_path: Path) -> None:
    """Every file is listed with its counts; what is not understood is counted and quoted."""
    (tmp_path / "notes.md").write_text("# What we did\nWe waited.\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (tmp_path / "truth.json").write_text('{"service": ["pay"], "kind": "exception", "onset": null}')
    (tmp_path / "logs.jsonl").write_text(
        'garbage\n{"timestamp": 1780000000, "service": "pay", "message": "x"}\n{"level": "info"}\n'
    )
    read = recording(
        tmp_path, "metrics.csv", f"time,pay_latency,pay_errors\n{T0},1,oops\n{T0 + 60},2,3\nlater,1,1\n"
    )
    reports = {report.file: report for report in read.files}
    assert sorted(reports) == ["logs.jsonl", "metrics.csv", "notes.md", "picture.png", "truth.json"]
    assert all(
        reports[name].notes and not reports[name].samples
        for name in ("notes.md", "picture.png", "truth.json")
    )
    logs, metrics = reports["logs.jsonl"], reports["metrics.csv"]
    assert (logs.lines, logs.skipped) == (1, 2)
    assert logs.first_skipped is not None
    assert (logs.first_skipped.line, logs.first_skipped.text) == (1, "garbage")
    assert metrics.skipped == 2
    assert metrics.series == 2
