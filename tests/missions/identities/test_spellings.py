"""E4.2: NFC and NFD are one name; case decides nothing; aliases come from people."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.identities.aliases import combined, contradictions
from missions.identities.appearances import Appearance
from missions.identities.spelling import comparison_key, normal
from missions.identities.table import IdentityTable


@pytest.mark.parametrize("name", ["zahlungsprüfung", "thanh-toán", "주문-서비스"])
def test_e4_2_composed_and_decomposed_names_are_one(name: str) -> None:
    """German, Vietnamese and Korean names resolve to their composed form, whichever comes first."""
    forms = [Appearance(name=unicodedata.normalize(form, name)) for form in ("NFD", "NFC")]
    for appearances in (forms, forms[::-1]):
        table = IdentityTable(appearances)
        assert {table.name_of(each) for each in appearances} == {unicodedata.normalize("NFC", name)}
        assert len(table.entities) == 1


@pytest.mark.parametrize(
    ("measured", "other"), [("PaymentService", "paymentservice"), ("STRASSE", "straße"), ("ÖDEME", "ödeme")]
)
def test_e4_2_case_is_for_comparison_only(measured: str, other: str) -> None:
    """The spelling of the metrics is shown."""
    appearances = (
        Appearance(name=other),
        Appearance(name=other, pod="x"),
        Appearance(measured, measured=True),
    )
    table = IdentityTable(appearances)
    assert {table.name_of(each) for each in appearances} == {measured}


@given(st.text(max_size=40))
def test_e4_2_every_form_of_a_name_has_one_key(name: str) -> None:
    """Keys do not depend on the normal form, and comparing twice changes nothing."""
    keys = {comparison_key(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    assert len(keys) == 1
    assert normal(normal(name)) == normal(name)


@given(
    st.lists(
        st.sampled_from(
            ["api", "API", "api-0", "api-1", "api-66b7c9d5f8-k2vqx", "shop-api-1", "api.shop.svc", "db", "x"]
        ).map(lambda name: Appearance(name=name)),
        max_size=8,
    )
)
def test_e4_2_the_order_does_not_matter(appearances: list[Appearance]) -> None:
    """The table is that of the set of appearances; resolving a result changes nothing."""
    table, reverse = IdentityTable(appearances), IdentityTable(appearances[::-1])
    assert table.entities == reverse.entities
    assert table.merges == reverse.merges
    names = {table.name_of(each) for each in appearances}
    assert {table.name_of(Appearance(name=name)) for name in names} == names


def test_e4_2_aliases_name_what_no_form_connects() -> None:
    """A person's alias comes before everything else, also for the replicas of the other name."""
    appearances = (
        Appearance("kasse", measured=True),
        Appearance("pay-core"),
        Appearance("pay-core-7f9c6d8b5-xk2lp"),
    )
    table = IdentityTable(appearances, {"Kasse": ("pay-core",)})
    assert {table.name_of(each) for each in appearances} == {"kasse"}
    assert table.services_named("PAY-CORE") == ("kasse",)


@pytest.mark.parametrize(
    ("aliases", "fault"),
    [
        ({"a": ("x",), "b": ("X",)}, "X is an alias of a and of b."),
        ({"a": ("b",), "b": ("c",)}, "b is an alias of a and has aliases itself."),
        ({"caf\u00e9": ("x",), "cafe\u0301": ("y",)}, "caf\u00e9 is listed twice."),
    ],
)
def test_e4_2_contradictions_are_refused(aliases: dict[str, tuple[str, ...]], fault: str) -> None:
    """Two owners, chains and a name that is listed twice."""
    assert contradictions(aliases) == (fault,)


def test_e4_2_connectors_that_contradict_each_other_give_no_alias() -> None:
    """What both agree on stays."""
    assert combined(({"a": ("x", "y")}, {"b": ("x",)})) == {"a": ("y",), "b": ()}
