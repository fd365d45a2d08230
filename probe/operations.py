"""The operations of the OpenAPI document, and the requests that the walk sends to each."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from probe.bodies import BodyMaker
from probe.samples import UNRELATED, SampleIds, unknown_id

METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"\{(\w+)\}")
ENDLESS = ("/stream",)
"""Endings of paths whose answers end with their mission only."""


@dataclass(frozen=True)
class RouteOperation:
    """One method of one path, as the document describes it."""

    method: str
    path: str
    description: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names in its path."""
        return PARAMETER.findall(self.path)

    @property
    def id_queries(self) -> list[str]:
        """The query parameters that hold an id."""
        return [
            parameter["name"]
            for parameter in self.description.get("parameters", ())
            if parameter["in"] == "query" and '"uuid"' in json.dumps(parameter.get("schema", {}))
        ]


@dataclass(frozen=True)
class WalkRequest:
    """A request. `twin` is the same one with ids that nothing has, and must get the same answer.

    `foreign`: the path has an id of another organization, so that no success is possible.
    """

    operation: RouteOperation
    path: str
    content: Mapping[str, Any] = field(default_factory=dict)
    foreign: bool = False
    twin: "WalkRequest | None" = None


def operations_of(document: Mapping[str, Any]) -> Iterator[RouteOperation]:
    """Every operation of the document."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield RouteOperation(method.upper(), path, methods[method])


class RequestMaker:
    """Makes the requests of a walk for one operation, from foreign and own ids."""

    def __init__(self, document: Mapping[str, Any], foreign: SampleIds, own: SampleIds) -> None:
        self._bodies = BodyMaker(document)
        self._foreign = foreign.ids
        self._own = own.ids

    def in_path(self, operation: RouteOperation) -> Iterator[WalkRequest]:
        """All ids of the path foreign, and for several ids each one foreign beside own ones."""
        names = [name for name in operation.parameters if name in self._foreign]
        choices = [set(names), *({name} for name in names)] if len(names) > 1 else [set(names)] * len(names)
        schema = self._bodies.schema_of(operation.description)
        for chosen in choices:
            ids = {name: self._own_or_unknown(name) for name in names}
            foreign = _filled(operation.path, ids | {name: self._foreign[name] for name in chosen})
            unknown = _filled(operation.path, ids | {name: self._unknown(name) for name in chosen})
            content = {} if schema is None else {"json": self._bodies.body(schema, {})}
            twin = WalkRequest(operation, unknown, content)
            yield WalkRequest(operation, foreign, content, foreign=True, twin=twin)

    def in_body(self, operation: RouteOperation) -> Iterator[WalkRequest]:
        """A foreign id of each kind in each field of the body that holds an id; the path's ids are own."""
        schema = self._bodies.schema_of(operation.description)
        if schema is None:
            return
        own = {name: self._own_or_unknown(name) for name in operation.parameters}
        path = _filled(operation.path, own)
        for name in self._bodies.id_fields(schema):
            for kind in self._uuids():
                foreign, unknown = (
                    {"json": self._bodies.body(schema, {name: value})}
                    for value in (self._foreign[kind], self._unknown(kind))
                )
                yield WalkRequest(operation, path, foreign, twin=WalkRequest(operation, path, unknown))

    def reading(self, operation: RouteOperation) -> Iterator[WalkRequest]:
        """What the visitor may read by itself, and a foreign id of each kind in each query parameter."""
        names = operation.parameters
        if operation.method != "GET" or operation.path.endswith(ENDLESS):
            return
        if any(name in UNRELATED or name not in self._own for name in names):
            return
        path = _filled(operation.path, self._own)
        yield WalkRequest(operation, path)
        for query in operation.id_queries:
            for kind in self._uuids():
                foreign, unknown = (
                    {"params": {query: value}} for value in (self._foreign[kind], self._unknown(kind))
                )
                yield WalkRequest(operation, path, foreign, twin=WalkRequest(operation, path, unknown))

    def _unknown(self, name: str) -> str:
        return unknown_id(name, self._foreign.get(name, ""))

    def _own_or_unknown(self, name: str) -> str:
        return self._own.get(name) or self._unknown(name)

    def _uuids(self) -> list[str]:
        return [kind for kind in self._foreign if kind != "slug"]


def _filled(path: str, ids: Mapping[str, str]) -> str:
    return PARAMETER.sub(lambda match: ids.get(match[1], "nowhere"), path)
