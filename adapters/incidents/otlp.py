"""OTLP's JSON: attributes, and what resources and scopes contain."""

from collections.abc import Iterator
from typing import Any

from adapters.incidents.json_values import items, mapping, text

_SERVICE = (
    "service.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.container.name",
)


def attributes(value: object) -> dict[str, str]:
    """The attributes of OTLP's list, or of the plain object that some exporters write."""
    if isinstance(value, dict):
        return {name: text(member) for name, member in value.items()}
    result = {}
    for entry in items(value):
        fields = mapping(entry)
        if "key" in fields:
            result[text(fields["key"])] = any_value(fields.get("value"))
    return result


def any_value(value: object) -> str:
    """The text of OTLP's `AnyValue`, of any type."""
    fields = mapping(value)
    if len(fields) == 1 and (name := next(iter(fields))).endswith(("Value", "_value")):
        return text(fields[name])
    return text(value)


def service_of(resource: dict[str, str]) -> str:
    """The service that the resource names, else its workload; "" without either."""
    return next((resource[name] for name in _SERVICE if resource.get(name)), "")


def scoped(document: object, kind: str, leaf: str) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """(resource attributes, item) of `resourceMetrics`, `resourceLogs` or `resourceSpans`.

    `kind` is "Metrics", "Logs" or "Spans", `leaf` the name of the list in a scope.
    """
    fields = mapping(document)
    for block in items(fields.get(f"resource{kind}") or fields.get(f"resource_{kind.lower()}")):
        block_fields = mapping(block)
        resource = attributes(mapping(block_fields.get("resource")).get("attributes"))
        scopes = items(
            block_fields.get(f"scope{kind}")
            or block_fields.get(f"scope_{kind.lower()}")
            or block_fields.get(f"instrumentationLibrary{kind}")
        )
        for scope in scopes:
            for item in items(mapping(scope).get(leaf) or mapping(scope).get(_snake(leaf))):
                yield resource, dict(mapping(item))


def member(fields: dict[str, Any], name: str) -> Any:  # noqa: ANN401  JSON
    """A member in camelCase or in snake_case, as older exporters write."""
    return fields.get(name, fields.get(_snake(name)))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def is_otlp(document: object, kind: str) -> bool:
    """Whether this is an export of metrics, logs or spans."""
    fields = mapping(document)
    return f"resource{kind}" in fields or f"resource_{kind.lower()}" in fields
