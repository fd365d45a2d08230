"""Valid request bodies from the API's own schemas, with ids of another organization inside."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
SAMPLES: dict[str, Any] = {
    "baseUrl": "http://127.0.0.1:9",
    "email": "nobody@probe.example",
    "password": "a password of the probe",
    "newPassword": "another password of the probe",
    "prompt": "Checkout is slow since noon.",
    "promptTemplate": "Checkout is slow since noon.",
    "notes": "The probe asks.",
    "target": "shop/overview",
    "type": "web",
}
"""Values for fields whose schema alone does not say what is accepted."""
WHOLE_BODIES: dict[str, dict[str, Any]] = {
    "PanelMappingRequest": {"panel": "probe", "measures": {"role": "errors"}},
}
"""Fields that a rule beyond the schema demands, by the schema's title."""
CANDIDATES = ("probe", "0" * 64, "123456", "http://127.0.0.1:9/", "nobody@probe.example", "LOW", "1")
"""Tried in turn for a text with a pattern."""
ID = re.compile(r"(?:^id|Id|_id)$")


class NoSampleError(Exception):
    """The probe cannot make a value for a schema: add one to SAMPLES."""


class BodyMaker:
    """Makes the smallest valid body of an operation."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def schema_of(self, operation: Schema) -> Schema | None:
        """The schema of the operation's JSON body; None without one."""
        content = operation.get("requestBody", {}).get("content", {})
        schema: Schema | None = content.get("application/json", {}).get("schema")
        return None if schema is None else self._resolved(schema)

    def id_fields(self, schema: Schema) -> list[str]:
        """The fields on the top level that hold an id."""
        properties: Mapping[str, Schema] = self._resolved(schema).get("properties", {})
        return [name for name, field in properties.items() if ID.search(name) or self._is_uuid(field)]

    def body(self, schema: Schema, ids: Mapping[str, str]) -> dict[str, Any]:
        """All fields that are required, and each field of `ids` with its value. NoSampleError."""
        resolved = self._resolved(schema)
        if "properties" not in resolved and "anyOf" in resolved:
            resolved = self._resolved(self._first(resolved["anyOf"]))
        required = resolved.get("required", ())
        made = {
            name: SAMPLES[name] if name in SAMPLES else self._value(name, field)
            for name, field in resolved.get("properties", {}).items()
            if name in required
        }
        return made | WHOLE_BODIES.get(resolved.get("title", ""), {}) | dict(ids)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            place: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            schema = place
        return schema

    def _first(self, choices: list[Schema]) -> Schema:
        return next(choice for choice in choices if choice.get("type") != "null")

    def _is_uuid(self, field: Schema) -> bool:
        return any(variant.get("format") == "uuid" for variant in self._variants(field))

    def _variants(self, field: Schema) -> Iterator[Schema]:
        resolved = self._resolved(field)
        yield resolved
        for choice in resolved.get("anyOf", ()):
            yield self._resolved(choice)

    def _value(self, name: str, field: Schema) -> Any:  # noqa: ANN401  JSON
        schema = self._resolved(field)
        if "anyOf" in schema:
            schema = self._resolved(self._first(schema["anyOf"]))
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "string":
                return _text(name, schema)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case "array":
                return [self._value(name, schema.get("items", {"type": "string"}))]
            case _:
                return self.body(schema, {}) if "properties" in schema else {}


def _text(name: str, schema: Schema) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    pattern = re.compile(schema.get("pattern", ""))
    for candidate in (*CANDIDATES, "x" * max(least, 1)):
        if least <= len(candidate) <= most and pattern.search(candidate):
            return candidate
    raise NoSampleError(f"no sample for {name} with the pattern {schema.get('pattern')}")
