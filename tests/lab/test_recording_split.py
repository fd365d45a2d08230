from collections import defaultdict

import pytest

from lab.faults.registry import FAULTS
from lab.recording.split import DEVELOPMENT, HELD_OUT, SPLIT, half_of


def test_every_fault_is_in_one_half_with_its_own_family() -> None:
    """A new kind of fault needs a place in the table before it can be recorded."""
    assert {kind: split.family for kind, split in SPLIT.items()} == {
        kind: fault.family for kind, fault in FAULTS.items()
    }
    with pytest.raises(ValueError, match="neither half"):
        half_of("unknown")


def test_families_are_in_both_halves() -> None:
    """Except for those that have a single kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for split in SPLIT.values():
        kinds[split.family].append(split.half)
    for halves in kinds.values():
        assert len(halves) == 1 or set(halves) == {DEVELOPMENT, HELD_OUT}
    every = [split.half for split in SPLIT.values()]
    assert abs(every.count(DEVELOPMENT) - every.count(HELD_OUT)) <= 2
