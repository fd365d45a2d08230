"""The halves of the recordings, by kind of fault: a kind is in one of them, with all its recordings.

The held-out half is read once for each release, and that is said. The table is fixed: a kind never moves.
Each family has kinds in both halves where it has more than one.
"""

DEVELOPMENT, HELD_OUT = "development", "held-out"

_HELD_OUT: frozenset[str] = frozenset()
_DEVELOPMENT: frozenset[str] = frozenset()

SPLIT = dict.fromkeys(_DEVELOPMENT, DEVELOPMENT) | dict.fromkeys(_HELD_OUT, HELD_OUT)
"""The half of each kind."""


def half_of(kind: str) -> str:
    """The half of this kind. ValueError for a kind that the table does not have."""
    if kind not in SPLIT:
        raise ValueError(f"{kind} is in neither half of lab/recording/split.py")
    return SPLIT[kind]
