"""Settings are validated before the start, and secrets are not shown."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from api_environment import GOOD, read
from pydantic import ValidationError
from pydantic_settings import SettingsError

from api.__main__ import main as api_main
from runtime.local.stack import iso
from runtime.process_settings import ApiSettings
from runtime.setting_types import Environment, LogFormat
from runtime.settings import load
from workers.__main__ import main


@pytest.mark.parametrize("value", ["5400", "PT1H30M", "01:30:00"])
def test_a_timeout_is_seconds_or_a_duration(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A timeout is read from seconds or a duration, and the local stack passes it on in a readable form."""
    settings = read(monkeypatch, ENVIRONMENT="local", MISSION_TIMEOUT=value)
    assert settings.mission_timeout == timedelta(minutes=90)
    assert read(monkeypatch, MISSION_TIMEOUT=iso(settings.mission_timeout)).mission_timeout == timedelta(
        minutes=90
    )


def test_production_is_what_nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ENVIRONMENT the rules of production apply: no docs, and logs as JSON."""
    settings = read(monkeypatch)
    assert settings.environment is Environment.PRODUCTION
    assert (settings.docs, settings.log_format) == (False, LogFormat.JSON)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://ops.example"),
        ("PUBLIC_URL", "ops.example"),
        ("JWT_SECRET", "x" * 31),
        ("API_PORT", "0"),
        ("API_PORT", "70000"),
        ("ACCESS_TOKEN_MINUTES", "1441"),
        ("SESSION_HOURS", "0"),
        ("ENVIRONMENT", "staging"),
        ("PAYLOAD_KEYS", "payload-hidden-with-thirty-two-bytes-at-least,short"),
        ("LOG_FORMAT", "xml"),
        ("DOCS", "perhaps"),
        ("JWT_SECRET", ""),
        ("LOG_LEVEL", "loud"),
        ("TEMPORAL_ADDRESS", "temporal"),
        ("TEMPORAL_ADDRESS", "temporal:70000"),
        ("DATABASE_URL", "mysql://a:hidden@db.example/x"),
        ("DATABASE_URL", "postgresql+psycopg://[hidden"),
        ("REDIS_URL", "http://hidden"),
        ("ALLOWED_ORIGINS", "https://not.a.list"),
        ("JWT_SECRET", "only-a-sample-of-jwt-secret-for-trying"),
        ("DATABASE_URL", "postgresql+psycopg://api:only-a-sample-of-hidden@db.example/ops"),
        ("DATABASE_URL", "postgresql+psycopg://a:hidden@127.0.0.1/x"),
        ("REDIS_URL", "redis://a:hidden@[::1]:6379/0"),
        ("S3_ENDPOINT", "http://localhost:8333"),
        ("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
    ],
)
def test_au4_a_weak_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A weak setting ends the process with one line that has its name and no value of a secret."""
    with pytest.raises((ValidationError, SettingsError)):
        read(monkeypatch, **{name: value})
    with pytest.raises(SystemExit) as ended:
        load(ApiSettings)
    line = str(ended.value.code)
    assert line.startswith("Settings: ")
    assert name in line
    assert "\n" not in line
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("word", "means"), [("false", False), ("False", False), ("0", False), ("no", False), ("true", True)]
)
def test_au4_false_is_false(monkeypatch: pytest.MonkeyPatch, word: str, *, means: bool) -> None:
    """A value that means no is read as false."""
    assert read(monkeypatch, DOCS=word).docs is means


def test_plain_http_is_for_local_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP is accepted only with ENVIRONMENT=local."""
    settings = read(monkeypatch, PUBLIC_URL="http://127.0.0.1:8000", ENVIRONMENT="local")
    assert settings.public_url == "http://127.0.0.1:8000"


def test_settings_never_print_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither repr, str nor JSON of the settings contains a secret."""
    settings = read(monkeypatch)
    for text in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert "hidden" not in text
    assert settings.jwt_secret.get_secret_value() == GOOD["JWT_SECRET"]


def run(root: Path, *module: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", *module]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (("api",), ("TEMPORAL_ADDRESS", "DATABASE_URL", "JWT_SECRET", "PUBLIC_URL", "REDIS_URL")),
        (("workers", "missions"), ("TEMPORAL_ADDRESS", "DATABASE_URL", "POLICY_FILE", "S3_SECRET_KEY")),
    ],
)
def test_a_process_without_its_settings_says_which(
    root: Path, module: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """A process without its settings exits with 1 and names them in one line."""
    ended = run(root, *module)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert all(name in ended.stderr for name in names)


WORKER = GOOD | {
    "POLICY_FILE": "policy/demo.json",
    "CHROMIUM": sys.executable,
    "OWN_SERVERS": '["temporal.example:7233"]',
}
TARGET = {"ACTUATORS_FILE": "deploy/actuators/actuators.json"}


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (("api",), "JWT_SECRET", "only-a-sample-of-jwt-secret-for-trying"),
        (("api",), "PUBLIC_URL", "http://ops.example"),
        (("api",), "S3_ENDPOINT", "http://127.0.0.1:8333"),
        (("workers", "missions"), "POLICY_FILE", "/nowhere.json"),
        (("workers", "missions"), "REDIS_URL", "redis://missions:hidden@localhost/0"),
        (("workers", "browser"), "CHROMIUM_SANDBOX", "false"),
        (("workers", "browser"), "OWN_SERVERS", "[]"),
        (("workers", "browser"), "OWN_SERVERS", '["temporal"]'),
        (("workers", "browser"), "BROWSER_PRIVATE_NETWORKS", '["0.0.0.0/0"]'),
        (("api",), "OWN_SERVERS", "temporal:7233"),
        (("workers", "browser"), "CHROMIUM_SANDBOX", "perhaps"),
        (("workers", "browser"), "CHROMIUM", "/nowhere"),
        (("workers", "actions"), "ACTUATORS_FILE", "/nowhere.json"),
        (("workers", "actions"), "DATABASE_URL", "postgresql+psycopg://a:hidden@127.0.0.1/x"),
    ],
)
def test_a_process_does_not_start_with_a_bad_setting(
    root: Path, monkeypatch: pytest.MonkeyPatch, module: tuple[str, ...], name: str, value: str
) -> None:
    """A process with one bad setting ends with one line that names only this setting, and no secret."""
    monkeypatch.chdir(root)
    for variable, setting in (WORKER | TARGET | {name: value}).items():
        monkeypatch.setenv(variable, setting)
    with pytest.raises(SystemExit) as ended:
        api_main() if module == ("api",) else main([*module[1:]])
    line = str(ended.value.code)
    assert line.startswith("Settings: ")
    assert "\n" not in line
    names = {*WORKER, *TARGET, "CHROMIUM_SANDBOX", "BROWSER_PRIVATE_NETWORKS"}
    assert [other for other in names if f"{other} " in line or f"{other}:" in line] == [name]
    assert "hidden" not in line


def test_a_local_process_says_that_it_is_one(root: Path) -> None:
    """A process with ENVIRONMENT=local logs one warning, because production refuses its settings."""
    local = {"ENVIRONMENT": "local", "TEMPORAL_ADDRESS": "127.0.0.1:1", "LOG_LEVEL": "warning"}
    ended = run(root, "workers", "browser", **(WORKER | local))
    warnings = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    assert [warning["level"] for warning in warnings if "ENVIRONMENT=local" in warning["message"]] == [
        "warning"
    ]


def test_a_worker_without_temporal_ends_with_one_line(root: Path) -> None:
    """A worker that cannot reach Temporal logs one line and exits with 1, so that it is restarted."""
    local = {"ENVIRONMENT": "local", "TEMPORAL_ADDRESS": "127.0.0.1:1", "LOG_LEVEL": "error"}
    ended = run(root, "workers", "missions", **(WORKER | local))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert json.loads(line)["reason"].endswith("Temporal at 127.0.0.1:1 does not answer.")


def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty setting has its default value."""
    settings = read(monkeypatch, S3_REGION="", API_PORT="", LOG_LEVEL="debug", DOCS="")
    assert (settings.s3_region, settings.api_port, settings.log_level.value) == ("us-east-1", 8000, "DEBUG")


def test_an_unknown_kind_of_worker_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown worker exits with 2 and a line that names the known ones."""
    expected = "Which worker? One of: missions, browser, actions\n"
    ended = run(root, "workers", "everything")
    assert (ended.returncode, ended.stderr) == (2, expected)
    for arguments in ([], ["missions", "browser"], ["--help"]):
        assert main(arguments) == 2
        assert capsys.readouterr().err == expected


LOGGING = """
import logging, structlog
from runtime.logging import configure
from runtime.setting_types import LogFormat
configure("info", LogFormat.{form}, "api")
structlog.get_logger("ours").info("mission started", mission="1")
logging.getLogger("theirs").warning("written by %s", "a library")
logging.getLogger("theirs").debug("too much")
def fail(password):
    raise ValueError("wrong")
try:
    fail("hidden-" + "local")
except ValueError as error:
    structlog.get_logger("ours").error("unexpected", exc_info=error)
"""


def test_logs_are_json_lines(root: Path) -> None:
    """Each log line is JSON with level, process, logger and UTC time, also for libraries and tracebacks."""
    ended = _logged(root, "JSON")
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["message"] for line in lines] == ["mission started", "written by a library", "unexpected"]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert {line["process"] for line in lines} == {"api"}
    assert [line["logger"] for line in lines] == ["ours", "theirs", "ours"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["mission"] == "1"
    assert "ValueError: wrong" in lines[2]["exception"]
    assert "hidden-local" not in ended.stderr


def test_we7_a_log_line_stays_one_line(root: Path) -> None:
    """Text from outside cannot start a new log line or move a terminal's cursor."""
    forged = 'x\\n{\\"level\\": \\"info\\", \\"message\\": \\"approved\\"}\\u2028\\x1b[2J\\r'
    code = LOGGING.replace('mission="1"', f'mission="{forged}"').replace(
        "written by %s", f"written by {forged} %s"
    )
    ended = _logged(root, "JSON", code)
    lines = [json.loads(line) for line in ended.stderr.split("\n") if line]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert "approved" not in {line["message"] for line in lines}
    assert not {"\x1b", "\r", "\u2028"} & set(ended.stderr)
    assert lines[0]["mission"].endswith("[2J\r"), "a part of the text is missing"


def test_pretty_logs_show_no_local_variables(root: Path) -> None:
    """A traceback in a terminal shows source lines and no local variables, such as passwords."""
    ended = _logged(root, "PRETTY")
    assert "ValueError" in ended.stderr
    assert "hidden-local" not in ended.stderr


def _logged(root: Path, form: str, code: str = LOGGING) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code.replace("{form}", form)]
    ended = subprocess.run(command, cwd=root, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")
    return ended
