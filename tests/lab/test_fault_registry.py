import re

import pytest

from lab.faults.registry import FAULTS, draw_fault
from lab.faults.truth import Family, Truth
from lab.topology import LINKS, SERVICES, Component

SEEDS = range(30)
PARTS = {
    *(str(component) for component in Component),
    *(link.name for link in LINKS),
    *("postgresql", "database", "valkey", "cache", "queue", "broker", "proxy", "dns", "exporter", "disk"),
    *(
        "order",
        "payment",
        "provider",
        "index",
        "lock",
        "certificate",
        "clock",
        "memory",
        "deployment",
        "release",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_seed_draws_the_same_fault(kind: str) -> None:
    """Place, size, actions and prompt depend on the kind and the seed only."""
    for seed in SEEDS:
        first, second = draw_fault(kind, seed), draw_fault(kind, seed)
        assert first.truth(1.0) == second.truth(1.0)
        assert first.prompt == second.prompt


@pytest.mark.parametrize("kind", FAULTS)
def test_a_prompt_names_no_part_of_the_system(kind: str) -> None:
    """A prompt has the symptom in the words of users."""
    for seed in SEEDS:
        words = set(re.findall(r"[a-z-]+", draw_fault(kind, seed).prompt.lower()))
        assert words
        assert not words & {plural for part in PARTS for plural in (part, f"{part}s")}


@pytest.mark.parametrize("kind", FAULTS)
def test_the_truth_is_complete(kind: str) -> None:
    """A truth survives JSON, says what is at fault and under which names, and contradicts itself nowhere."""
    for seed in SEEDS:
        fault = draw_fault(kind, seed)
        truth = fault.truth(1_700_000_000.0)
        assert Truth.model_validate_json(truth.model_dump_json()) == truth
        assert truth.kind == kind
        assert not set(truth.helps) & set(truth.does_not_help)
        if truth.healthy:
            assert (truth.components, truth.accepted, truth.helps) == ((), (), ())
        else:
            assert truth.incident_types
            assert {str(component) for component in truth.components} <= set(truth.accepted)
        for action in (*truth.helps, *truth.does_not_help):
            assert action.service in {*SERVICES, "postgres", "redis", "rabbitmq", "nginx", "haproxy"}


def test_seeds_draw_different_places() -> None:
    """Where a fault has several places or sizes, thirty seeds draw more than one of them."""
    single = {"none", "healthy-batch", "link-half-open"}
    for kind in FAULTS.keys() - single:
        assert len({draw_fault(kind, seed).detail for seed in SEEDS}) > 1, kind


def test_every_family_has_faults() -> None:
    """No family is without a kind."""
    assert {fault.family for fault in FAULTS.values()} == set(Family)
