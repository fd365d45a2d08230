"""A video without a video's machinery: an animated WebP, which every browser shows as a picture."""

import io
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image

TYPE = "image/webp"
_QUALITY = 60
_LAST_MS = 1000
_LEAST_MS = 20


def film(frames: Sequence[tuple[float, bytes]]) -> bytes | None:
    """JPEGs with their times (seconds), oldest first, as one film; None without any. Blocks.

    Raises ValueError where a frame is no picture.
    """
    if not frames:
        return None
    try:
        pictures = [
            Image.open(io.BytesIO(jpeg), formats=["JPEG"]).convert("RGB").resize(_size(frames[0][1]))
            for _, jpeg in frames
        ]
        moments = [moment for moment, _ in frames]
        each = [max(_LEAST_MS, round((later - at) * 1000)) for at, later in pairwise(moments)]
        made = io.BytesIO()
        pictures[0].save(
            made,
            "WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=[*each, _LAST_MS],
            loop=0,
            quality=_QUALITY,
            method=0,
        )
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"no film: {error}") from error
    return made.getvalue()


def _size(jpeg: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(jpeg), formats=["JPEG"]).size
