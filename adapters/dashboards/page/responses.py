"""A page's own queries and the responses to them, each assigned to the panel that asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from playwright.async_api import Error, Page, Request, Response

from activities.task_ending import end_tasks
from adapters.browser.budget import Budget
from adapters.browser.errors import first_line
from adapters.dashboards.answers.decoded_response import DECODE_ERRORS, DecodedResponse
from adapters.dashboards.answers.json_fields import json_object
from missions.evidence import Origin

_MULTIPLE_CHOICES = 300
_OK = 200
_MOST_WORDS = 64_000  # bytes of a refusal that are read
_WORDS = ("error", "message", "reason", "detail")


@dataclass(frozen=True)
class PanelRequest:
    """One panel's query. `decode` raises ValueError where the response's body has another shape."""

    panel: str
    query: str
    decode: Callable[[bytes], DecodedResponse]


@dataclass(frozen=True)
class PageResponse:
    """The response to one query of one panel. `problem` is "" where it was decoded in full."""

    panel: str
    query: str
    order: int
    status: int | None
    decoded: DecodedResponse
    problem: str = ""
    origin: Origin = Origin.PAGE_RESPONSE

    @property
    def failed(self) -> bool:
        """Whether the server refused or did not answer; a response that cannot be decoded did not fail."""
        return self.status is None or not _OK <= self.status < _MULTIPLE_CHOICES


class ResponseRecorder:
    """Records the responses to a page's own queries.

    Of several responses to one query of one panel, the one to the latest request wins.
    """

    def __init__(
        self, page: Page, panel_request: Callable[[Request], PanelRequest | None], budget: Budget
    ) -> None:
        self._page = page
        self._panel_request = panel_request
        self._budget = budget
        self._left_bytes = budget.page_bytes
        self._skipped = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._requested: dict[tuple[str, str, str], int] = {}
        self._responses: dict[tuple[str, str, str], PageResponse] = {}

    def attach(self) -> Self:
        """Starts to record; before the page is opened."""
        self._page.on("request", self._on_request)
        return self

    async def settle(self, seconds: float) -> None:
        """Waits until every query so far is answered and decoded, or the time is over."""
        waiting = [task for task in self._tasks if not task.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)

    def responses(self) -> tuple[PageResponse, ...]:
        """The responses so far, in the order of their requests; an open query has a `problem`."""
        unanswered = [
            PageResponse(panel, query, order, None, DecodedResponse(), "its query was not answered in time")
            for (panel, path, query), order in self._requested.items()
            if (panel, path, query) not in self._responses
        ]
        return tuple(sorted([*self._responses.values(), *unanswered], key=lambda response: response.order))

    @property
    def skipped(self) -> int:
        """The number of queries whose answers were not read, because the page asked more than its budget."""
        return self._skipped

    @property
    def asking(self) -> frozenset[str]:
        """The panels that a query of the page names."""
        return frozenset(panel for panel, _, _ in self._requested)

    @property
    def answered(self) -> frozenset[str]:
        """The panels whose queries got an answer, or failed for good."""
        return frozenset(panel for panel, _, _ in self._responses)

    async def close(self) -> None:
        """Stops recording and cancels what is still open."""
        self._page.remove_listener("request", self._on_request)
        await end_tasks(self._tasks)

    def _on_request(self, request: Request) -> None:
        asked = self._panel_request(request)
        if asked is None:
            return
        if len(self._tasks) >= self._budget.answers:
            self._skipped += 1
            return
        key = (asked.panel, request.url.split("?", 1)[0], asked.query)
        order = len(self._tasks)
        self._requested[key] = order
        self._tasks.append(asyncio.create_task(self._record(request, asked, key, order)))

    async def _record(
        self, request: Request, asked: PanelRequest, key: tuple[str, str, str], order: int
    ) -> None:
        status, body, problem = await self._fetch(request)
        decoded = DecodedResponse()
        if body is not None:
            try:
                decoded = asked.decode(body)
            except DECODE_ERRORS as error:
                problem = f"its answer could not be read: {first_line(error)}"
        earlier = self._responses.get(key)
        if earlier is None or earlier.order < order:
            self._responses[key] = PageResponse(asked.panel, asked.query, order, status, decoded, problem)

    async def _fetch(self, request: Request) -> tuple[int | None, bytes | None, str]:
        """Status, body or None, and the problem or ""."""
        status: int | None = None
        limit = self._budget.answer_bytes
        too_large = f"its answer is larger than {limit} bytes"
        try:
            response = await request.response()
            if response is None:
                return None, None, f"its query was not answered: {request.failure or 'no response'}"
            status = response.status
            if not response.ok:
                words = await self._refusal(response)
                return status, None, f"its query answered HTTP {status}{f': {words}' if words else ''}"
            # An honest header saves the transfer; the body's length decides.
            if int(response.headers.get("content-length", "0")) > limit:
                return status, None, too_large
            async with asyncio.timeout(self._budget.body):
                body = await response.body()
        except TimeoutError:
            return status, None, f"its answer did not end within {self._budget.body:g} s"
        except (Error, ValueError) as error:
            return status, None, f"its answer was lost: {str(error).splitlines()[0]}"
        self._left_bytes -= len(body)
        if self._left_bytes < 0:
            return (
                status,
                None,
                f"the page's answers are larger than {self._budget.page_bytes} bytes together",
            )
        return (status, None, too_large) if len(body) > limit else (status, body, "")

    async def _refusal(self, response: Response) -> str:
        """The source's own words for why it refused, "" where it has none, or more than fit."""
        if int(response.headers.get("content-length", "0")) > self._budget.answer_bytes:
            return ""
        try:
            async with asyncio.timeout(self._budget.body):
                body = await response.body()
        except (TimeoutError, Error):
            return ""
        self._left_bytes -= len(body)
        return error_words(body[:_MOST_WORDS].decode(errors="replace"))


def error_words(body: str) -> str:
    """What an answer says of its error, in the words of whichever product; "" where it says nothing.

    Prometheus writes `error`, Grafana `message` or the error of a query, Elasticsearch a `reason`, and Loki
    a plain sentence.
    """
    answer = json_object(body)
    if not answer and body.lstrip()[:1] not in {"<", "{", "["}:
        return body.strip().partition("\n")[0]
    results = answer.get("results")
    for each in (*(results.values() if isinstance(results, dict) else ()), answer):
        words = _words_of(each)
        if words:
            return words
    return ""


def _words_of(answer: object) -> str:
    if not isinstance(answer, dict):
        return ""
    for name in _WORDS:
        value = answer.get(name)
        if isinstance(value, dict):
            value = _words_of(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def body_text(request: Request) -> str:
    """The request's body as text, "" without one."""
    return (request.post_data_buffer or b"").decode(errors="replace")
