from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lab.faults import instances
from lab.faults.instances import instance_url, replace_instances
from lab.platform import Lab
from lab.topology import Component, LabNetwork


class RecordedSupervisord:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def stop(self, instance: str) -> None:
        self.done.append(f"stop {instance}")

    def start(self, instance: str) -> None:
        self.done.append(f"start {instance}")

    def close(self) -> None:
        self.done.append("close")


async def test_instances_are_replaced_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """By supervisord itself, not by an operator's restart, which the record of changes would show."""
    supervisord = RecordedSupervisord()

    async def answers(name: str, *_: object) -> None:
        supervisord.done.append(f"await {name}")

    async def state(_: str) -> dict[str, str]:
        return {"replicas": "2"}

    monkeypatch.setattr(instances, "Supervisord", lambda _: supervisord)
    monkeypatch.setattr(instances, "answers", answers)
    log: Callable[[str], Path] = Path
    operations = SimpleNamespace(state=state, layout=SimpleNamespace(supervisord_socket=Path("socket")))
    lab = cast("Lab", SimpleNamespace(operations=operations, network=LabNetwork(250), log=log))
    await replace_instances(lab, Component.ORDERS)
    replaced = [f"{verb} orders-{number}" for number in (1, 2) for verb in ("stop", "start", "await")]
    assert supervisord.done == [*replaced, "close"]
    assert instance_url(lab, Component.PAYMENTS, "/healthz") == "https://127.250.4.1:8000/healthz"
