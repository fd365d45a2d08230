from dataclasses import dataclass


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
