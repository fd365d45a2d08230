"""Log lines of the usual loggers and shippers: time, level, message and service."""

import gzip
import json
from pathlib import Path

import pytest

from adapters.incidents.folder import read_recordings
from adapters.incidents.log_levels import level_of
from adapters.incidents.recognition import is_json
from rca.log_templates import LogTemplate

T0 = 1_780_000_000
ISO = "2026-05-28T20:26:40.000Z"


def templates(folder: Path, name: str, content: str | bytes) -> list[LogTemplate]:
    """The templates of one file."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_recordings(folder).telemetry.log_templates)


RECORDS: dict[str, dict[str, object]] = {
    "pino": {"level": 50, "time": T0 * 1000, "pid": 1, "hostname": "h", "name": "pay", "msg": "it failed"},
    "bunyan": {
        "name": "pay",
        "hostname": "h",
        "pid": 7,
        "level": 50,
        "msg": "it failed",
        "time": ISO,
        "v": 0,
    },
    "winston": {"level": "\x1b[31merror\x1b[39m", "message": "it failed", "timestamp": ISO, "service": "pay"},
    "zap": {"level": "error", "ts": T0 + 0.25, "caller": "a.go:7", "msg": "it failed", "service": "pay"},
    "logrus": {"level": "ERRO", "msg": "it failed", "time": "2026-05-28T20:26:40+00:00", "app": "pay"},
    "structlog": {"event": "it failed", "level": "error", "timestamp": ISO, "service": "pay"},
    "serilog": {"@t": ISO, "@l": "Error", "@m": "it failed", "Properties": {"Application": "pay"}},
    "serilog file": {
        "Timestamp": ISO,
        "Level": "Error",
        "RenderedMessage": "it failed",
        "Properties": {"ServiceName": "pay"},
    },
    "logstash": {
        "@timestamp": ISO,
        "@version": "1",
        "message": "it failed",
        "level": "ERROR",
        "level_value": 40000,
        "application": "pay",
    },
    "ecs": {"@timestamp": ISO, "log.level": "error", "message": "it failed", "service.name": "pay"},
    "ecs nested": {
        "@timestamp": ISO,
        "log": {"level": "error"},
        "message": "it failed",
        "service": {"name": "pay"},
    },
    "otel sdk": {
        "Timestamp": str(T0 * 10**9),
        "SeverityNumber": 17,
        "Body": "it failed",
        "Resource": {"service.name": "pay"},
    },
    "otel python": {
        "body": "it failed",
        "severity_number": 17,
        "severity_text": "ERROR",
        "timestamp": ISO,
        "resource": {"attributes": {"service.name": "pay"}},
    },
    "journald": {
        "__REALTIME_TIMESTAMP": str(T0 * 10**6),
        "PRIORITY": "3",
        "MESSAGE": "it failed",
        "_SYSTEMD_UNIT": "pay.service",
        "_HOSTNAME": "h",
    },
    "gelf": {
        "version": "1.1",
        "host": "h",
        "short_message": "it failed",
        "timestamp": T0,
        "level": 3,
        "service": "pay",
    },
    "kubernetes": {
        "time": ISO,
        "log": "ERROR it failed\n",
        "stream": "stderr",
        "kubernetes": {"labels": {"app": "pay"}, "pod_name": "pay-1"},
    },
    "google": {
        "timestamp": ISO,
        "severity": "ERROR",
        "textPayload": "it failed",
        "resource": {"labels": {"container_name": "pay"}},
    },
    "log4j2": {
        "instant": {"epochSecond": T0, "nanoOfSecond": 1},
        "level": "ERROR",
        "message": "it failed",
        "service": "pay",
    },
    "python": {
        "asctime": "2026-05-28 20:26:40,000",
        "levelname": "ERROR",
        "levelno": 40,
        "message": "it failed",
        "service": "pay",
    },
}


@pytest.mark.parametrize("logger", RECORDS)
def test_e5_1_a_record_of_any_logger(tmp_path: Path, logger: str) -> None:
    """Its fields and levels are those of the logger."""
    (template,) = templates(tmp_path, "logs.jsonl", json.dumps(RECORDS[logger]) + "\n")
    assert template.service == "pay"
    assert template.is_error
    assert template.first_message.strip().removeprefix("ERROR ") == "it failed"
    assert abs(template.times[0] - T0) < 1


WRAPPED = {
    "docker": (
        "pay.json",
        json.dumps({"log": '{"level":"error","msg":"it failed"}\n', "stream": "stdout", "time": ISO}) + "\n",
    ),
    "docker text": (
        "logs/pay.log",
        json.dumps({"log": "[error] it failed\n", "stream": "stderr", "time": ISO}) + "\n",
    ),
    "loki": (
        "answer.json",
        json.dumps(
            {
                "status": "success",
                "data": {
                    "resultType": "streams",
                    "result": [
                        {
                            "stream": {"app": "pay", "level": "error"},
                            "values": [[str(T0 * 10**9), "it failed"]],
                        }
                    ],
                },
            }
        ),
    ),
    "loki with logfmt": (
        "answer.json",
        json.dumps(
            {
                "data": {
                    "resultType": "streams",
                    "result": [
                        {
                            "stream": {"app": "pay"},
                            "values": [[str(T0 * 10**9), 'ts=1 level=error msg="it failed"']],
                        }
                    ],
                }
            }
        ),
    ),
    "logcli": (
        "logs.jsonl",
        json.dumps({"labels": {"app": "pay"}, "line": "level=error msg=failed it=1", "timestamp": ISO})
        + "\n",
    ),
    "otlp": (
        "export.json",
        json.dumps(
            {
                "resourceLogs": [
                    {
                        "resource": {
                            "attributes": [{"key": "service.name", "value": {"stringValue": "pay"}}]
                        },
                        "scopeLogs": [
                            {
                                "logRecords": [
                                    {
                                        "timeUnixNano": "0",
                                        "observedTimeUnixNano": str(T0 * 10**9),
                                        "severityNumber": 17,
                                        "body": {"stringValue": "it failed"},
                                    }
                                ]
                            }
                        ],
                    }
                ]
            }
        ),
    ),
    "elasticsearch": ("hits.json", json.dumps({"hits": {"hits": [{"_source": RECORDS["ecs"]}]}})),
    "array": ("export.json", json.dumps([RECORDS["winston"], RECORDS["winston"]])),
    "pretty": ("export.json", json.dumps([RECORDS["pino"]], indent=2)),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", WRAPPED)
def test_e5_1_lines_in_an_envelope(tmp_path: Path, form: str, packed: bool) -> None:  # noqa: FBT001  a parameter
    """Container runtimes, Loki, OTLP and search engines wrap records, compressed or not."""
    name, content = WRAPPED[form]
    (template,) = templates(
        tmp_path, name + ".gz" if packed else name, gzip.compress(content.encode()) if packed else content
    )
    assert template.service == "pay"
    assert template.is_error
    assert "failed" in template.first_message
    assert template.times[0] == T0


TEXT = {
    "log4j": "2026-05-28 20:26:40,000 ERROR [main] com.acme.Pay - it failed",
    "python": "2026-05-28 20:26:40,000 - pay.views - ERROR - it failed",
    "nginx": "2026/05/28 20:26:40 [error] 29#29: *1 it failed, client: 10.0.0.1",
    "klog": "E0528 20:26:40.000000       1 reconciler.go:120] it failed",
    "access log": '10.0.0.1 - - [28/May/2026:20:26:40 +0000] "GET /failed HTTP/1.1" 502 157 "-" "curl"',
    "logfmt": 'time="2026-05-28T20:26:40Z" level=error msg="it failed" code=7',
    "containerd": "2026-05-28T20:26:40.000000000Z stderr F ERROR it failed",
    "apache": "[Thu May 28 20:26:40 2026] [core:error] [pid 1] it failed",
    "spring": "2026-05-28T20:26:40.000Z ERROR 1 --- [main] c.a.Pay : it failed",
    "celery": "[2026-05-28 20:26:40,000: ERROR/ForkPoolWorker-2] Task pay.charge[435bed2b] it failed",
    "gunicorn": "[2026-05-28 20:26:40 +0000] [12] [ERROR] it failed",
    "rabbitmq": "\x1b[38;5;214m2026-05-28 20:26:40.000000+00:00 [error] <0.2477.0> it failed\x1b[0m",
    "haproxy": "127.0.0.1:47790 [28/May/2026:20:26:40.000] shop-in pay/pay-2 0/0/0/-1/2 503 19 - - SC-- "
    '15/8/0/0/0 0/0 "GET /failed HTTP/1.1"',
    "ruby": "E, [2026-05-28T20:26:40.000000 #1] ERROR -- : it failed",
    "postgresql": "2026-05-28 20:26:40.000 UTC [1779] pay@shop pay-2 ERROR:  it failed",
    "mysql": "2026-05-28T20:26:40.000000Z 12 [ERROR] [MY-010119] [Server] it failed",
}


@pytest.mark.parametrize("form", TEXT)
def test_e5_1_plain_lines_of_a_service(tmp_path: Path, form: str) -> None:
    """The file names the service; a stack trace belongs to the line before it."""
    if form == "klog":  # has no year: the recording's other times say it
        (tmp_path / "metrics.csv").write_text(f"time,pay_latency\n{T0},1\n{T0 + 60},2\n")
    (template,) = templates(tmp_path, "logs/pay.log", TEXT[form] + "\n  at com.acme.Pay(Pay.java:7)\n")
    assert template.service == "pay"
    assert template.is_error
    assert "failed" in template.first_message
    assert template.times[0] == T0


@pytest.mark.parametrize(("sign", "level"), [("#", "warning"), ("*", "info"), ("-", "debug")])
def test_e5_1_valkey_has_a_sign_for_each_level(tmp_path: Path, sign: str, level: str) -> None:
    """The time is behind the process and its role."""
    line = f"12345:M 28 May 2026 20:26:40.000 {sign} Background saving started\n"
    (template,) = templates(tmp_path, "logs/valkey.log", line)
    assert (template.service, template.level, template.times[0]) == ("valkey", level, T0)


def test_e5_1_a_statement_of_many_lines_is_one_record(tmp_path: Path) -> None:
    """Most lines of PostgreSQL's log are parts of statements; they are no other form."""
    statement = "\n".join(f"\tSELECT {place}" for place in range(30))
    lines = (
        f"2026-05-28 20:26:40.000 UTC [7] pay@shop pay-1 LOG:  duration: 256 ms  statement:\n{statement}\n"
    )
    (template,) = templates(tmp_path, "logs/postgres.log", lines * 3)
    assert (template.service, template.is_error, len(template.times)) == ("postgres", False, 3)


@pytest.mark.parametrize(
    "text",
    [
        "[2026, 1, 2]",
        "[1.5e3]",
        '[{"timestamp": "2026-05-28T20:26:40Z", "message": "it failed", "service": "pay"}]',
    ],
)
def test_e5_1_a_list_of_json_is_no_log_line(text: str) -> None:
    """A number in brackets is the time of a log line only where it goes on as one."""
    assert is_json(text) is True
    assert (
        is_json(text.replace("[2026, 1", "[2026-01").replace("[1.5e3", "[1.5e3x").replace("[{", "[x{"))
        is False
    )


def test_e5_1_syslog_without_a_host(tmp_path: Path) -> None:
    """A program that writes its own file has no host in its lines."""
    (tmp_path / "metrics.csv").write_text(f"time,pay_latency\n{T0},1\n{T0 + 60},2\n")
    line = "May 28 20:26:40 dnsmasq[1581]: failed to read hosts\n"
    (template,) = templates(tmp_path, "resolver.log", line)
    assert (template.service, template.times[0]) == ("dnsmasq", T0)


def test_e5_1_syslog_lines_name_their_program(tmp_path: Path) -> None:
    """Old and new syslog."""
    (tmp_path / "metrics.csv").write_text(f"time,pay_latency\n{T0},1\n{T0 + 60},2\n")
    lines = (
        "<11>May 28 20:26:40 host pay[7]: it failed\n<11>1 2026-05-28T20:26:41Z host cart 7 - - it failed\n"
    )
    names = {template.service: template.is_error for template in templates(tmp_path, "syslog.log", lines)}
    assert names == {"pay": True, "cart": True}


@pytest.mark.parametrize(
    ("value", "field", "level"),
    [
        (60, "level", "fatal"),
        (50, "level", "error"),
        ("40", "level", "warning"),
        (30, "level", "info"),
        (10, "level", "trace"),
        (17, "SeverityNumber", "error"),
        (21, "severityNumber", "fatal"),
        (9, "severity_number", "info"),
        (13, "severity", "warning"),
        ("3", "PRIORITY", "error"),
        (4, "level", "warning"),
        (0, "PRIORITY", "fatal"),
        (7, "level", "debug"),
        (40, "levelno", "error"),
        (4, "LogLevel", "error"),
        (40000, "level_value", "error"),
        (1000, "level", "error"),
        ("ERR", "level", "error"),
        ("Error", "level", "error"),
        ("SEVERE", "level", "error"),
        ("E", "level", "error"),
        ("eror", "level", "error"),
        ("[ERROR]", "level", "error"),
        ("\x1b[33mwarn\x1b[39m", "level", "warning"),
        ("CRITICAL", "level", "fatal"),
        ("panic", "level", "fatal"),
        ("Information", "@l", "info"),
        ("WRN", "level", "warning"),
        ("SEVERITY_NUMBER.ERROR", "severity_text", "error"),
        ("NOTICE", "level", "info"),
        ("purple", "level", ""),
    ],
)
def test_e5_1_levels_in_any_spelling_and_number(value: str | int, field: str, level: str) -> None:
    """pino, bunyan, OpenTelemetry, syslog, Python, .NET, Java and Logback."""
    assert level_of(value, field) == level


def test_lines_without_service_or_level_are_noted(tmp_path: Path) -> None:
    """They are read, and the report says what they lack."""
    (tmp_path / "logs.jsonl").write_text(json.dumps({"time": ISO, "msg": "hello"}))
    (report,) = read_recordings(tmp_path).files
    assert any("no service" in note for note in report.notes)
    assert any("no level" in note for note in report.notes)
