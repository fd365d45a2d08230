"""E4.3: one service name in two clusters, environments or namespaces is two services."""

import pytest

from missions.identities.appearances import Appearance
from missions.identities.table import IdentityTable


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (
            Appearance("billing", cluster="east", measured=True),
            Appearance("billing", cluster="west", measured=True),
            ("billing (cluster east)", "billing (cluster west)"),
        ),
        (
            Appearance("поиск", environment="production"),
            Appearance("поиск", environment="staging"),
            ("поиск (environment production)", "поиск (environment staging)"),
        ),
        (
            Appearance("redis.shop.svc.cluster.local"),
            Appearance("redis.crm.svc.cluster.local"),
            ("redis (namespace shop)", "redis (namespace crm)"),
        ),
        (
            Appearance("cart", cluster="eu", namespace="shop"),
            Appearance("cart", cluster="eu", namespace="b2b"),
            ("cart (namespace shop)", "cart (namespace b2b)"),
        ),
    ],
)
def test_e4_3_two_places_are_two_services(
    first: Appearance, second: Appearance, names: tuple[str, str]
) -> None:
    """The place that tells them apart is part of the name; what is equal for both is not."""
    bare = Appearance(name=names[0].split()[0])
    table = IdentityTable((first, second), everywhere=(bare.name,))
    assert (table.name_of(first), table.name_of(second)) == names
    assert table.names_everywhere(bare.name) == tuple(sorted(names))


@pytest.mark.parametrize(
    "appearance",
    [
        Appearance("billing", cluster="east", namespace="shop", environment="prod"),
        Appearance("billing-66b7c9d5f8-k2vqx", cluster="east"),
        Appearance(pod="billing-66b7c9d5f8-k2vqx", namespace="shop"),
    ],
)
def test_e4_3_a_single_place_is_not_shown(appearance: Appearance) -> None:
    """Where only one service has the name, the plain name stays, and its place is known."""
    table = IdentityTable((appearance, Appearance("billing", measured=True)))
    assert table.name_of(appearance) == "billing"
    assert [entity.name for entity in table.entities] == ["billing"]
    identity = table.identities["billing"]
    assert (identity.cluster, identity.namespace) == (appearance.cluster, appearance.namespace)


def test_e4_3_abbreviated_environments_are_one() -> None:
    """Two spellings of one environment are no two places."""
    pair = (Appearance("a", environment="prod"), Appearance("a", environment="Production"))
    assert {IdentityTable(pair).name_of(each) for each in pair} == {"a"}


def test_e4_3_a_replica_gives_the_place_that_a_log_does_not() -> None:
    """Metrics place the pod, and its logs follow; a namespace of one cluster only gives the cluster."""
    east, west = (Appearance("billing", cluster=name, namespace=f"{name}-shop") for name in ("east", "west"))
    pod = Appearance("billing", pod="billing-66b7c9d5f8-k2vqx", cluster="west")
    log, other = Appearance("billing-66b7c9d5f8-k2vqx"), Appearance("billing", namespace="east-shop")
    table = IdentityTable((east, west, pod, log, other))
    assert table.name_of(log) == "billing (cluster west)"
    assert table.name_of(other) == "billing (cluster east)"


def test_e4_3_a_name_without_a_place_is_ambiguous() -> None:
    """It belongs to neither of the two, and the table lists it."""
    bare = Appearance("billing")
    table = IdentityTable((Appearance("billing", cluster="a"), Appearance("billing", cluster="b"), bare))
    assert table.name_of(bare) == "billing"
    assert [(each.name, each.services) for each in table.ambiguous] == [
        ("billing", ("billing (cluster a)", "billing (cluster b)"))
    ]


def test_e4_3_every_place_that_half_a_place_fits_is_listed() -> None:
    """Two names with half a place fit two places each: the ambiguity lists them all, in one order."""
    full = [
        Appearance("billing", cluster=cluster, environment=environment)
        for cluster in ("a", "b")
        for environment in ("production", "staging")
    ]
    halves = (Appearance("billing", cluster="a"), Appearance("billing", environment="staging"))
    (ambiguity,) = IdentityTable((*full, *halves)).ambiguous
    assert ambiguity.services == (
        "billing (cluster a, environment production)",
        "billing (cluster a, environment staging)",
        "billing (cluster b, environment staging)",
    )
