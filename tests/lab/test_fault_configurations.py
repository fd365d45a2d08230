from pathlib import Path
from types import SimpleNamespace
from typing import cast

from lab.faults.configurations import WRONG, BadValue, WrongConfiguration, usual_value
from lab.faults.registry import draw_fault
from lab.faults.variant import SERVICES
from lab.operations.configuration import ConfigurationRepository
from lab.operations.tool.launch import read_env
from lab.platform import Lab
from lab.topology import Component


class RecordedOperations:
    """Operations that commit configurations and run nothing."""

    def __init__(self, folder: Path) -> None:
        self.configuration = ConfigurationRepository(folder)
        self.configuration.prepare({"orders": SERVICES / "orders" / "service.env"})

    async def deploy(self, service: str, config: dict[str, str]) -> None:
        """Only the commit."""
        self.configuration.set(service, config, "Change")

    async def restore(self) -> None:
        """Nothing runs."""


def of_orders(value: BadValue) -> WrongConfiguration:
    return next(
        fault
        for seed in range(200)
        if isinstance(fault := draw_fault("wrong-configuration", seed), WrongConfiguration)
        and fault.value == value
    )


async def test_one_value_is_wrong_at_a_time(tmp_path: Path) -> None:
    """A value that was rolled back, but not reverted in git, is not deployed with the next one."""
    operations = RecordedOperations(tmp_path / "config")
    (tmp_path / "logs").mkdir()
    lab = cast("Lab", SimpleNamespace(run=tmp_path, operations=operations))
    first, second = (value for value in WRONG if value.service is Component.ORDERS)
    path = tmp_path / "config" / "orders" / "service.env"
    usual = read_env(SERVICES / "orders" / "service.env")
    await of_orders(first).inject(lab)
    assert read_env(path) == usual | {first.name: first.value}
    fault = of_orders(second)
    await fault.inject(lab)
    assert read_env(path) == usual | {second.name: second.value}
    await fault.lift(lab)
    assert read_env(path) == usual


def test_wrong_values_are_not_the_usual_ones() -> None:
    """Each replaces a value that the service has."""
    for value in WRONG:
        assert usual_value(value.service, value.name) != value.value
