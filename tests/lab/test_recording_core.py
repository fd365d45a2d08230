import os
from pathlib import Path

from lab.recording.core import CGROUPS, equal_share


def test_a_recorder_has_a_group_of_its_own_while_it_runs() -> None:
    """Inside, this process is in the lab's group; afterwards it is not, and the group is gone."""
    group = CGROUPS / "lab-255"
    with equal_share(255) as made:
        if made:
            assert str(os.getpid()) in (group / "cgroup.procs").read_text().split()
    assert not group.exists()


def test_without_cgroups_a_recorder_runs_too(tmp_path: Path) -> None:
    """Where no group can be made, nothing happens, and the caller knows."""
    with equal_share(255, tmp_path / "absent") as made:
        assert not made
