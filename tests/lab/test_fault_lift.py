import random
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.truth import Family
from lab.platform import Lab

DRAWS = random.Random(1)  # noqa: S311  no secret is drawn


class RecordedFault(Fault):
    """Counts how often it is injected and lifted; `broken` keeps it from being injected whole."""

    kind = "recorded"
    family = Family.HOST
    prompts = ("Something is wrong.",)
    broken = False

    def draw(self) -> None:
        """Has no place."""
        self.done: list[str] = []

    async def _inject(self, lab: Lab) -> None:
        del lab
        self.done.append("inject")
        if self.broken:
            raise OSError("half of it")

    async def _lift(self, lab: Lab) -> None:
        del lab
        self.done.append("lift")

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """Shows nothing."""
        del lab, since
        return None


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return cast("Lab", SimpleNamespace(run=tmp_path))


async def test_a_fault_is_lifted_once(lab: Lab) -> None:
    """A second lift would restart services in the normal time after the incident."""
    fault = RecordedFault(DRAWS)
    await fault.lift(lab)
    await fault.inject(lab)
    await fault.lift(lab)
    await fault.lift(lab)
    await fault.inject(lab)
    await fault.lift(lab)
    assert fault.done == ["inject", "lift", "inject", "lift"]


async def test_a_fault_that_was_injected_in_part_is_lifted(lab: Lab) -> None:
    """What it did up to the error is removed."""
    fault = RecordedFault(DRAWS)
    fault.broken = True
    with pytest.raises(OSError, match="half of it"):
        await fault.inject(lab)
    await fault.lift(lab)
    assert fault.done == ["inject", "lift"]
