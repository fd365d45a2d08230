"""The service that a log file's name says."""

import re

from adapters.incidents.input_file import InputFile

_USUAL = frozenset(
    {
        "logs",
        "log",
        "app",
        "application",
        "output",
        "stdout",
        "stderr",
        "syslog",
        "messages",
        "journal",
        "journald",
    }
    | {
        "access",
        "error",
        "errors",
        "all",
        "combined",
        "docker",
        "export",
        "loki",
        "otel",
        "otlp",
        "data",
        "result",
    }
    | {
        "events",
        "records",
        "query",
        "response",
        "answer",
        "kubernetes",
        "pods",
        "containers",
        "incident",
        "current",
    }
)
_SUFFIX = re.compile(
    r"[-_.](?:json|log|logs|error|errors|access|app|out|stdout|stderr|current|previous|\d{1,3})$"
)
_DATE = re.compile(r"[-_.]?\d{4}-?\d{2}-?\d{2}.*$")


def service_of_file(file: InputFile) -> str:
    """The name of the file, or else of its folder, where that is no usual word; "" otherwise."""
    parts = file.name.replace("\\", "/").lower().removesuffix(".gz").split("/")
    original = file.name.replace("\\", "/").split("/")
    for place in range(len(parts) - 1, -1, -1):
        name = original[place]
        if place == len(parts) - 1:
            name = re.sub(r"(?i)(?:\.(?:log|txt|jsonl|ndjson|json|out|err|gz|\d{1,3}))+$", "", name)
        name = _DATE.sub("", name)
        while (shorter := _SUFFIX.sub("", name)) != name:
            name = shorter
        if name and not set(re.split(r"[-_. ]", name.lower())) <= _USUAL:
            return name
    return ""
