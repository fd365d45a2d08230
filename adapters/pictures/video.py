"""A visit's video as an animated WebP, which every browser shows as a picture."""

import io
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image

_QUALITY = 60
_LAST_FRAME_MS = 1000
_MIN_FRAME_MS = 20


def encode_video(frames: Sequence[tuple[float, bytes]]) -> bytes | None:
    """Animated WebP of JPEGs with their times (seconds), oldest first; None without frames. Blocks.

    Raises ValueError where a frame is no JPEG.
    """
    if not frames:
        return None
    try:
        pictures = [
            Image.open(io.BytesIO(jpeg), formats=["JPEG"]).convert("RGB").resize(_size(frames[0][1]))
            for _, jpeg in frames
        ]
        times = [time for time, _ in frames]
        durations = [max(_MIN_FRAME_MS, round((later - at) * 1000)) for at, later in pairwise(times)]
        buffer = io.BytesIO()
        pictures[0].save(
            buffer,
            "WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=[*durations, _LAST_FRAME_MS],
            loop=0,
            quality=_QUALITY,
            method=0,
        )
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"no video: {error}") from error
    return buffer.getvalue()


def _size(jpeg: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(jpeg), formats=["JPEG"]).size
