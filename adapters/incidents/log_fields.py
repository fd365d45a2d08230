"""Where loggers put the time, level, message and service of a record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from adapters.incidents.json_values import text
from adapters.incidents.log_levels import level_of
from adapters.incidents.otlp import any_value, attributes
from adapters.incidents.times import parsed_time

_TIME = (
    *("timestamp", "@timestamp", "time", "ts", "Timestamp", "@t", "timeUnixNano", "time_unix_nano"),
    *("observedTimeUnixNano", "ObservedTimestamp", "observed_timestamp", "datetime", "eventTime", "asctime"),
    *("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP", "instant", "timeMillis", "created", "date", "t"),
    *("Time", "TimeGenerated", "log_time", "logtime", "receiveTimestamp"),
)
_LEVEL = (
    *(
        "level",
        "severity",
        "SeverityText",
        "severityText",
        "severity_text",
        "SeverityNumber",
        "severityNumber",
    ),
    *("severity_number", "log.level", "lvl", "levelname", "levelno", "Level", "@l", "LogLevel", "logLevel"),
    *(
        "log_level",
        "loglevel",
        "PRIORITY",
        "priority",
        "level_name",
        "level_value",
        "syslog.severity",
        "status",
    ),
)
_MESSAGE = (
    *("message", "msg", "Body", "body", "MESSAGE", "@m", "RenderedMessage", "@mt", "short_message", "event"),
    *(
        "log",
        "line",
        "Message",
        "MessageTemplate",
        "textPayload",
        "jsonPayload",
        "text",
        "content",
        "error",
        "err",
    ),
)
_SERVICE = (
    *(
        "service",
        "service.name",
        "service_name",
        "serviceName",
        "ServiceName",
        "Service",
        "Resource",
        "resource",
    ),
    *("app", "application", "app_name", "appname", "Application", "kubernetes", "dd.service", "component"),
    *("Properties", "labels", "attributes", "Attributes", "attrs", "fields", "container_name", "container"),
    *(
        "CONTAINER_NAME",
        "_SYSTEMD_UNIT",
        "unit",
        "SYSLOG_IDENTIFIER",
        "pod",
        "pod_name",
        "logStreamName",
    ),
)
_IN_OBJECT = (
    *(
        "name",
        "service.name",
        "service_name",
        "service",
        "app.kubernetes.io/name",
        "app_kubernetes_io_name",
        "app",
    ),
    *("k8s-app", "k8s.deployment.name", "deployment", "application", "Application", "ServiceName", "tag"),
    *("container_name", "container", "k8s.container.name", "k8s.pod.name", "pod_name", "pod"),
)
_NESTED = ("labels", "attributes")
_UNITS = (".service", ".scope")
_MAX_PLANS = 2_000
_MAX_KEYS = 4_000
"""Characters of the keys of a record whose plan is kept."""
_OUTER_LEVELS = ("level", "severity", "detected_level")
_MAX_TIME = 4e9


class LogRecord(NamedTuple):
    """One log line: `at` in epoch seconds, `service` "" where the record names none."""

    at: float
    service: str
    level: str
    message: str
    has_zone: bool


@dataclass(frozen=True)
class _Plan:
    """The fields that records with the same keys have, best first."""

    times: tuple[str, ...]
    levels: tuple[str, ...]
    messages: tuple[str, ...]
    services: tuple[str, ...]
    is_bunyan: bool


class LogFields:
    """Reads records; what the keys of a record mean is worked out once."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def read(self, record: Mapping[str, Any], outer: Mapping[str, str] | None = None) -> LogRecord | None:
        """The log line; None without a time or a message. `outer` are labels of its stream or resource."""
        keys = tuple(record)
        plan = self._plans.get(keys)
        if plan is None:
            plan = _plan(keys)
            if len(self._plans) < _MAX_PLANS and sum(map(len, keys)) <= _MAX_KEYS:
                self._plans[keys] = plan
        at, has_zone = _time(record, plan.times)
        message = _first(record, plan.messages, _message)
        if not message or not 0 <= at <= _MAX_TIME:
            return None
        level = _first(record, plan.levels, _level)
        service = _first(record, plan.services, _service)
        if not service and plan.is_bunyan:
            service = text(record["name"])
        if outer:
            service = service or in_object(outer)
            level = level or _first(outer, tuple(name for name in _OUTER_LEVELS if name in outer), _level)
        return LogRecord(at, service, level, message, has_zone)


def _first(record: Mapping[str, Any], names: tuple[str, ...], read: Callable[[object, str], str]) -> str:
    """What is read of the first member that says something; "" if none does."""
    for name in names:
        if value := read(record[name], name):
            return value
    return ""


def _plan(keys: tuple[str, ...]) -> _Plan:
    present = set(keys)
    levels = [name for name in _LEVEL if name in present]
    return _Plan(
        tuple(name for name in _TIME if name in present),
        (*levels, *(["log"] if "log" in present else [])),
        tuple(name for name in _MESSAGE if name in present),
        tuple(name for name in _SERVICE if name in present),
        "name" in present and bool(present & {"pid", "hostname", "v"}),
    )


def _time(record: Mapping[str, Any], names: tuple[str, ...]) -> tuple[float, bool]:
    for name in names:
        value = record[name]
        if isinstance(value, dict):  # log4j2's instant
            value = value.get("epochSecond") or value.get("$date")
        at, has_zone = parsed_time(value)
        if at > 0 or (
            at == 0 and name == names[-1]
        ):  # OpenTelemetry writes 0 for a time that it does not know
            return at, has_zone
    return float("nan"), True


def _message(value: object, _: str) -> str:
    if type(value) is str:
        return value
    if isinstance(value, dict):
        inner = value.get("message") or value.get("msg")
        return inner if isinstance(inner, str) else any_value(value)
    return text(value)


def _level(value: object, name: str) -> str:
    if type(value) is str:
        return "" if name == "log" else level_of(value, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return level_of(value, name)
    return level_of(inner) if isinstance(value, dict) and isinstance(inner := value.get("level"), str) else ""


def _service(value: object, _: str) -> str:
    if type(value) is str:
        return _plain_unit(value)
    if isinstance(value, dict):
        return in_object(dict(_flat(value)))
    if isinstance(value, list):
        return in_object(attributes(value))
    return ""


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, member in value.items():
        if isinstance(member, str):
            yield name, member
        elif name in _NESTED and isinstance(member, dict | list):
            yield from attributes(member).items()


def in_object(labels: Mapping[str, str]) -> str:
    """The service that labels or attributes name; "" without one."""
    return next((labels[name] for name in _IN_OBJECT if labels.get(name)), "")


def _plain_unit(name: str) -> str:
    """A systemd unit without its kind."""
    return next(
        (name.removesuffix(kind) for kind in _UNITS if name.endswith(kind) and len(name) > len(kind)), name
    )
