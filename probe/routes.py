"""Walks every route of the OpenAPI document with another organization's ids."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from probe.bodies import NoSampleError
from probe.operations import RequestMaker, RouteOperation, WalkRequest, operations_of
from probe.samples import UNRELATED, SampleIds
from probe.visitors import Visitor

VOLATILE = ("correlationId", "at", "expiresAt")
"""Fields of answers that differ between two equal requests."""
ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|zz-[0-9a-f]{8}")
ANSWER_S = 20.0


@dataclass
class WalkResult:
    """What one walk saw: requests by visitor, and each mistake as a sentence."""

    requests: Counter[str] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    foreign: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    unprepared: list[str] = field(default_factory=list)


class RouteWalk:
    """Sends each operation with ids of a foreign organization, and with ids that nothing has.

    Both answers must be the same, none may succeed for a foreign id in its path, and none may contain an id
    or a text of that organization that was not in the request.
    """

    def __init__(self, document: Mapping[str, Any], foreign: SampleIds, own: SampleIds) -> None:
        self.operations = list(operations_of(document))
        self._maker = RequestMaker(document, foreign, own)
        self._ids = foreign.ids
        ids = {value for kind, value in foreign.ids.items() if kind != "slug"}
        self._secret = foreign.texts | ids
        self.result = WalkResult()

    async def walk(self, visitors: Mapping[str, Visitor], administrator: str = "admin") -> WalkResult:
        """All operations as each visitor. `administrator` names the one whose bodies must be accepted."""
        for operation in self.operations:
            missing = {*operation.parameters} - {*UNRELATED, *self._ids}
            self.result.unprepared += [f"{operation.name}: no sample of {name}" for name in missing]
        walks = (
            self._walk_as(name, visitor, strict=name == administrator) for name, visitor in visitors.items()
        )
        await asyncio.gather(*walks)
        return self.result

    async def _walk_as(self, name: str, visitor: Visitor, *, strict: bool) -> None:
        for operation in self.operations:
            place = f"{name}: {operation.name}"
            try:
                for request in self._requests(operation):
                    await self._compare(place, visitor, request, strict=strict)
                    self.result.requests[name] += 2 if request.twin else 1
                    self.result.routes.add(operation.name)
            except NoSampleError as error:
                self.result.unprepared.append(f"{operation.name}: {error}")

    def _requests(self, operation: RouteOperation) -> Iterator[WalkRequest]:
        yield from self._maker.in_path(operation)
        yield from self._maker.in_body(operation)
        yield from self._maker.reading(operation)

    async def _compare(self, place: str, visitor: Visitor, request: WalkRequest, *, strict: bool) -> None:
        """Sends the request and its twin; adds what is wrong."""
        answer = await self._send(place, visitor, request)
        if answer is None:
            return
        if strict and answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "json" in request.content:
            self.result.unprepared.append(f"{place}: its body is not accepted: {answer.text[:200]}")
        if request.foreign and answer.is_success:
            self.result.foreign.append(f"{place}: {answer.status_code} {answer.text[:120]}")
        if request.twin is None:
            return
        unknown = await self._send(place, visitor, request.twin)
        if unknown is None:
            return
        shapes = [(each.status_code, self._shape(each)) for each in (answer, unknown)]
        if shapes[0] != shapes[1]:
            (status, body), (other_status, other) = shapes
            self.result.different.append(
                f"{place}: {status} {body[:120]} instead of {other_status} {other[:120]}"
            )

    async def _send(self, place: str, visitor: Visitor, request: WalkRequest) -> httpx.Response | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                response = await visitor.request(request.operation.method, request.path, **request.content)
        except (TimeoutError, httpx.HTTPError) as error:
            self.result.failed.append(f"{place}: {type(error).__name__}")
            return None
        if response.is_server_error:
            self.result.failed.append(f"{place}: {response.status_code} {response.text[:120]}")
        sent = request.path + json.dumps(dict(request.content))
        leaks = [text for text in self._secret if text in response.text and text not in sent]
        self.result.canaries += [f"{place}: {text}" for text in leaks]
        return response

    def _shape(self, response: httpx.Response) -> str:
        """The body without ids and without what changes with each request."""
        text = ID.sub("<id>", response.text)
        if slug := self._ids.get("slug"):
            text = re.sub(rf"\b{re.escape(slug)}\b", "<id>", text)
        try:
            return json.dumps(_steady(json.loads(text)), sort_keys=True)
        except ValueError:
            return text


def _steady(value: Any) -> Any:  # noqa: ANN401  JSON
    match value:
        case dict():
            return {key: _steady(content) for key, content in value.items() if key not in VOLATILE}
        case list():
            return [_steady(content) for content in value]
        case _:
            return value
