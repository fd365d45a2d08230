"""Which of a page's requests are questions for numbers, whose they are, and how their answers are read."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.async_api import Request

from adapters.dashboards.extract import Extract
from adapters.dashboards.marks import Marks
from adapters.dashboards.shapes import query_of, reader_of


@dataclass(frozen=True)
class PanelRequest:
    """What one request asks for which panel; `read` raises ValueError where the body has another shape."""

    panel: str
    query: str
    read: Callable[[bytes], Extract]


Listen = Callable[[Request], PanelRequest | None]
"""Tells a request for numbers from all others; called once for each request of the page."""


def form_of(request: Request) -> str:
    """The request's body as text, "" without one."""
    return (request.post_data_buffer or b"").decode(errors="replace")


def header_listener(marks: Marks) -> Listen:
    """Questions whose panel is named by a header of the request."""

    def listen(request: Request) -> PanelRequest | None:
        reader = reader_of(request.url)
        if reader is None:
            return None
        panel = request.headers.get(marks.panel_header.lower(), "")
        query = query_of(request.url, form_of(request))
        return PanelRequest(panel, query, lambda body: reader(body, panel, query, marks.service_label))

    return listen
