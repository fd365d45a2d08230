"""Resolving many names."""

import random
import time

from missions.identities.appearances import Appearance
from missions.identities.table import IdentityTable

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_FEW, _MANY = 10_000, 100_000
_MOST = 16.0
"""Times the processor time of a tenth of the names. A clock's seconds would measure the coverage, too."""


def _seconds(names: int) -> float:
    """The processor time for names of 3,000 services with pods, addresses and plain names."""
    generator = random.Random(1)  # noqa: S311  a fixed seed

    def word(length: int) -> str:
        return "".join(generator.choices(_LETTERS, k=length))

    services = [f"service-{number}-api" for number in range(3000)]
    appearances = [Appearance(name, cluster="east", measured=True) for name in services]
    while len(appearances) < names:
        service = generator.choice(services)
        form = generator.choice(("{}-{}-{}", "{}-{}-{}", "{}.{}.svc.cluster.local:8080"))
        appearances.append(Appearance(form.format(service, word(9), word(5)), namespace="shop"))
    start = time.process_time()
    table = IdentityTable(appearances)
    resolved = {table.name_of(appearance) for appearance in appearances}
    seconds = time.process_time() - start
    assert resolved == set(services)
    return seconds


def test_ten_times_as_many_names_take_about_ten_times_as_long() -> None:
    """What every name of it costs does not grow with their number."""
    few = min(_seconds(_FEW) for _ in range(3))
    assert _seconds(_MANY) < _MOST * few
