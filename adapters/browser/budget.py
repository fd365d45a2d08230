from dataclasses import dataclass, replace

from missions.page_limits import PageLimits

_MEGABYTE = 1_000_000
_OPENINGS = 3
"""How many pages a visit opens at most, with those that tell the version and take the login."""


@dataclass(frozen=True)
class Budget:
    """The limits of one visit: seconds per step, number and bytes of responses, pixels of the picture."""

    launch: float = 15.0
    visit: float = 30.0
    open: float = 5.0
    goto: float = 10.0
    ready: float = 10.0
    body: float = 5.0
    read: float = 5.0
    screenshot: float = 5.0
    close: float = 5.0
    navigations: int = 20
    answers: int = 200
    answer_bytes: int = 5_000_000
    page_bytes: int = 30_000_000
    picture_width: int = 1280
    picture_height: int = 4000
    jpeg_quality: int = 80

    def within(self, limits: PageLimits) -> "Budget":
        """The budget of a visit to a page with its own limits; it lasts as much longer as its steps."""
        goto = self.goto if limits.open_seconds is None else limits.open_seconds
        ready = self.ready if limits.ready_seconds is None else limits.ready_seconds
        body = self.body if limits.answer_seconds is None else limits.answer_seconds
        megabytes = limits.answer_megabytes
        answer_bytes = self.answer_bytes if megabytes is None else round(megabytes * _MEGABYTE)
        return replace(
            self,
            goto=goto,
            ready=ready,
            body=body,
            visit=self.visit
            + _OPENINGS * max(goto - self.goto, 0)
            + max(ready - self.ready, 0)
            + max(body - self.body, 0),
            answers=self.answers if limits.queries is None else limits.queries,
            answer_bytes=answer_bytes,
            page_bytes=max(self.page_bytes, 2 * answer_bytes),
        )
