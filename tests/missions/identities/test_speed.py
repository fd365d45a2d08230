"""Resolving many names."""

import random
import time

from missions.identities.appearances import Appearance
from missions.identities.table import IdentityTable

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_NAMES = 100_000
_LIMIT_S = 2.0


def test_a_hundred_thousand_names_take_two_seconds() -> None:
    """Of 3,000 services with pods, addresses and plain names, in seconds of the processor."""
    generator = random.Random(1)  # noqa: S311  a fixed seed

    def word(length: int) -> str:
        return "".join(generator.choices(_LETTERS, k=length))

    services = [f"service-{number}-api" for number in range(3000)]
    appearances = [Appearance(name, cluster="east", measured=True) for name in services]
    while len(appearances) < _NAMES:
        service = generator.choice(services)
        form = generator.choice(("{}-{}-{}", "{}-{}-{}", "{}.{}.svc.cluster.local:8080"))
        appearances.append(Appearance(form.format(service, word(9), word(5)), namespace="shop"))
    start = time.process_time()
    table = IdentityTable(appearances)
    names = {table.name_of(appearance) for appearance in appearances}
    assert time.process_time() - start < _LIMIT_S
    assert names == set(services)
