"""Crops, highlights and videos that are made from a browser's JPEGs."""

import io

import pytest
from PIL import Image

from adapters.browser.visit_recording import VisitRecording
from adapters.pictures.crops import PillowHighlighter, crop
from adapters.pictures.video import encode_video
from missions.evidence import Box

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)
UPPER = Box(x=0, y=0, width=80, height=40)
LOWER = Box(x=20, y=40, width=60, height=60)


def page() -> bytes:
    """A picture that is green above and blue below."""
    image = Image.new("RGB", (80, 100), GREEN)
    image.paste(BLUE, (0, 40, 80, 100))
    return jpeg(image)


def jpeg(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.save(made, "JPEG", quality=95)
    return made.getvalue()


def colour(picture: bytes, x: int, y: int) -> str:
    pixel = Image.open(io.BytesIO(picture)).convert("RGB").crop((x, y, x + 1, y + 1)).tobytes()
    return ("red", "green", "blue")[pixel.index(max(pixel))]


def brightness(picture: bytes, x: int, y: int) -> int:
    return Image.open(io.BytesIO(picture)).convert("L").crop((x, y, x + 1, y + 1)).tobytes()[0]


def test_each_panel_is_cut_out_as_it_is() -> None:
    """Each crop has the size and the content of its panel."""
    parts = crop(page(), {"upper": UPPER, "lower": LOWER})
    assert {name: Image.open(io.BytesIO(part)).size for name, part in parts.items()} == {
        "upper": (80, 40),
        "lower": (60, 60),
    }
    assert (colour(parts["upper"], 40, 20), colour(parts["lower"], 30, 30)) == ("green", "blue")


def test_what_matters_is_framed_and_the_rest_is_dark() -> None:
    """The cited panel is framed and the rest darkened, with the same bytes for the same page."""
    made = PillowHighlighter().highlight(page(), (LOWER,))
    assert Image.open(io.BytesIO(made)).size == (80, 100)
    assert colour(made, 20, 70) == "red"
    assert brightness(made, 50, 70) == pytest.approx(brightness(page(), 50, 70), abs=3)
    assert brightness(made, 40, 20) < brightness(page(), 40, 20) * 0.7
    assert made == PillowHighlighter().highlight(page(), (LOWER,))


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff no picture", b"GIF89a"])
def test_no_picture_is_an_error(content: bytes) -> None:
    """Bytes that are no picture raise ValueError."""
    with pytest.raises(ValueError, match="no picture"):
        crop(content, {"upper": UPPER})
    with pytest.raises(ValueError, match="no video"):
        encode_video([(0.0, content)])


def test_a_video_shows_each_frame_for_its_duration() -> None:
    """A video is an animated WebP with each frame's duration; without frames there is none."""
    frames = [
        (10.0, jpeg(Image.new("RGB", (32, 24), RED))),
        (10.5, jpeg(Image.new("RGB", (32, 24), GREEN))),
        (12.5, jpeg(Image.new("RGB", (16, 12), BLUE))),
    ]
    made = encode_video(frames)
    assert made is not None
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, opened.size, getattr(opened, "n_frames", 0)) == ("WEBP", (32, 24), 3)
        shown = []
        for number in range(3):
            opened.seek(number)
            picture = _png(opened)  # Pillow knows the duration after reading the frame
            shown.append((opened.info["duration"], colour(picture, 8, 8)))
    assert shown == [(500, "red"), (2000, "green"), (1000, "blue")]
    assert encode_video([]) is None


def _png(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.convert("RGB").save(made, "PNG")
    return made.getvalue()


def test_a_long_recording_drops_frames_evenly() -> None:
    """A recording has at most 100 frames, from the start to the end of the visit."""
    made = VisitRecording()
    for number in range(5000):
        made.add(number / 10, b"frame")
    assert 50 <= len(made.frames) <= 100
    assert made.frames[0][0] == 0
    assert made.frames[-1][0] > 480
