"""Crops of a page's picture, and the picture with some panels highlighted."""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from missions.evidence import Box

_QUALITY = 85
_SHADE = 0.45
_LINE = 4
_COLOUR = (214, 69, 32)
Image.MAX_IMAGE_PIXELS = 40_000_000  # more than the largest picture of a visit


def crop(picture: bytes, boxes: Mapping[str, Box]) -> dict[str, bytes]:
    """Each box of a JPEG as a JPEG of its own. Raises ValueError where the picture is no JPEG."""
    whole = _open(picture)
    return {name: _jpeg(whole.crop(_corners(box))) for name, box in boxes.items()}


class PillowHighlighter:
    """The port Highlighter: outlines regions and darkens the rest."""

    def highlight(self, picture: bytes, boxes: tuple[Box, ...]) -> bytes:
        """The JPEG with these regions highlighted. Raises ValueError where the picture is no JPEG."""
        whole = _open(picture)
        dark = Image.eval(whole, lambda value: round(value * (1 - _SHADE)))
        draw = ImageDraw.Draw(dark)
        for box in boxes:
            corners = _corners(box)
            dark.paste(whole.crop(corners), corners[:2])
        for box in boxes:
            left, top, right, bottom = _corners(box)
            draw.rectangle((left, top, right - 1, bottom - 1), outline=_COLOUR, width=_LINE)
        return _jpeg(dark)


def _open(picture: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
            return opened.convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"no picture: {error}") from error


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.width, box.y + box.height


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
