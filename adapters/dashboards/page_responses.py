import asyncio
from dataclasses import dataclass
from typing import Self

from playwright.async_api import Error, Page, Request

from adapters.browser.budget import Budget
from adapters.browser.chromium import first_line
from adapters.dashboards.extract import UNREADABLE, Extract
from adapters.dashboards.questions import Listen, PanelRequest
from missions.evidence import Origin

_MULTIPLE_CHOICES = 300
_OK = 200


@dataclass(frozen=True)
class PageResponse:
    """What came back for one query of one panel. `problem` is "" where it was read in full."""

    panel: str
    query: str
    order: int
    status: int | None
    extract: Extract
    problem: str = ""
    origin: Origin = Origin.PAGE_RESPONSE

    @property
    def failed(self) -> bool:
        """Whether the server refused, or nothing came; an answer that could not be read did not fail."""
        return self.status is None or not _OK <= self.status < _MULTIPLE_CHOICES


class ResponseRecorder:
    """The answers to a page's own queries, in known shapes, each given to the panel that asked.

    Of the answers to one query of one panel the one that was asked last wins.
    """

    def __init__(self, page: Page, listen: Listen, budget: Budget) -> None:
        self._page = page
        self._listen = listen
        self._budget = budget
        self._left_bytes = budget.page_bytes
        self._tasks: list[asyncio.Task[None]] = []
        self._asked: dict[tuple[str, str, str], int] = {}
        self._answers: dict[tuple[str, str, str], PageResponse] = {}

    def attach(self) -> Self:
        """Starts to listen; before the page is opened."""
        self._page.on("request", self._take)
        return self

    async def settle(self, seconds: float) -> None:
        """Waits until everything that was asked so far is answered and read, or the time is over."""
        waiting = [task for task in self._tasks if not task.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)

    def answers(self) -> tuple[PageResponse, ...]:
        """What is known now, in the order of asking; what is still open says so."""
        unanswered = [
            PageResponse(panel, query, order, None, Extract(), "its query was not answered in time")
            for (panel, path, query), order in self._asked.items()
            if (panel, path, query) not in self._answers
        ]
        return tuple(sorted([*self._answers.values(), *unanswered], key=lambda answer: answer.order))

    async def close(self) -> None:
        """Stops listening and lets go of what is still open."""
        self._page.remove_listener("request", self._take)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, request: Request) -> None:
        if len(self._tasks) >= self._budget.answers:
            return
        question = self._listen(request)
        if question is None:
            return
        key = (question.panel, request.url.split("?", 1)[0], question.query)
        order = len(self._tasks)
        self._asked[key] = order
        self._tasks.append(asyncio.create_task(self._answer(request, question, key, order)))

    async def _answer(
        self, request: Request, question: PanelRequest, key: tuple[str, str, str], order: int
    ) -> None:
        status, body, problem = await self._fetch(request)
        extract = Extract()
        if body is not None:
            try:
                extract = question.read(body)
            except UNREADABLE as error:
                problem = f"its answer could not be read: {first_line(error)}"
        known = self._answers.get(key)
        if known is None or known.order < order:
            self._answers[key] = PageResponse(question.panel, question.query, order, status, extract, problem)

    async def _fetch(self, request: Request) -> tuple[int | None, bytes | None, str]:
        """Status, body or None, and what was wrong."""
        status: int | None = None
        limit = self._budget.answer_bytes
        too_large = f"its answer is larger than {limit} bytes"
        try:
            response = await request.response()
            if response is None:
                return None, None, f"its query was not answered: {request.failure or 'no response'}"
            status = response.status
            if not response.ok:
                return status, None, f"its query answered HTTP {status}"
            # The header saves the transfer where it is honest; the length decides.
            if int(response.headers.get("content-length", "0")) > limit:
                return status, None, too_large
            async with asyncio.timeout(self._budget.body):
                body = await response.body()
        except TimeoutError:
            return status, None, f"its answer did not end within {self._budget.body:g} s"
        except (Error, ValueError) as error:
            return status, None, f"its answer was lost: {str(error).splitlines()[0]}"
        self._left_bytes -= len(body)
        return (status, None, too_large) if len(body) > limit or self._left_bytes < 0 else (status, body, "")
