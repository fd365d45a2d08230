import shutil
from pathlib import Path

NEEDED_MB = 500
"""A new stack writes about 200 MB. PostgreSQL and SeaweedFS fail in misleading ways on a full disk."""


class DiskFullError(RuntimeError):
    """The disk is nearly full; the message says how much there is and where."""


def check_free_space(data: Path) -> None:
    """Raises DiskFullError where the data directory's disk has less than 500 MB."""
    place = data.absolute()
    while not place.exists():
        place = place.parent
    free_mb = shutil.disk_usage(place).free // 1_000_000
    if free_mb < NEEDED_MB:
        message = (
            f"only {free_mb} MB are free for {data}: {NEEDED_MB} are needed; make room, or use OPS_AGENT_DATA"
        )
        raise DiskFullError(message)
