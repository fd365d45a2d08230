"""BR1: the browser never connects to certain addresses, in whatever notation."""

from collections.abc import Sequence

import pytest

from adapters.browser.addresses import AddressScope, ForbiddenAddressError, scope_of
from adapters.browser.pinned_resolver import PinnedResolver


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe", "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
        "2002:a9fe:a9fe::1", "::169.254.169.254", "2001:0:a9fe:a9fe::1", "0.0.0.0", "0.1.2.3", "::",  # noqa: S104  never bound to
        "::ffff:0.0.0.0", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1",
        "", "localhost", "2130706433", "0x7f.1", "127.1", "\uff11\uff12\uff17.0.0.1",
    ],
)  # fmt: skip
def test_br1_metadata_and_what_is_no_host_is_forbidden(address: str) -> None:
    """Metadata services and invalid hosts are refused in every notation."""
    with pytest.raises(ForbiddenAddressError):
        scope_of(address)


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("127.0.0.1", AddressScope.LOOPBACK),
        ("127.8.9.1", AddressScope.LOOPBACK),
        ("::1", AddressScope.LOOPBACK),
        ("::ffff:127.0.0.1", AddressScope.LOOPBACK),
        ("10.1.2.3", AddressScope.PRIVATE),
        ("100.64.0.1", AddressScope.PRIVATE),
        ("fd12:3456::1", AddressScope.PRIVATE),
        ("8.8.8.8", AddressScope.PUBLIC),
        ("64:ff9b::8.8.8.8", AddressScope.PUBLIC),
        ("2606:4700::1111", AddressScope.PUBLIC),
    ],
)
def test_br1_private_addresses_are_legitimate(address: str, scope: AddressScope) -> None:
    """Private addresses are permitted, for example for an internal Grafana."""
    assert scope_of(address) is scope


class Names:
    """A resolver that gives scripted answers in order, and records the names."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        return self.answers.pop(0)


async def test_br2_a_name_is_resolved_once_in_a_visit() -> None:
    """A name is resolved once in a visit, and later answers do not matter."""
    names = Names(["10.0.0.7"], ["127.0.0.1"])
    resolver = PinnedResolver(names, {})
    for _ in range(3):
        assert await resolver.addresses("grafana.corp") == ("10.0.0.7",)
    assert names.asked == ["grafana.corp"]


@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"]],
        [["10.0.0.1", "::1"]],
        [["8.8.8.8", "10.0.0.1"]],
        [["8.8.8.8", "169.254.169.254"]],
        [["8.8.8.8"], ["10.0.0.1"]],
    ],
)
async def test_br2_a_name_that_leads_inside_is_refused(answers: list[list[str]]) -> None:
    """Names of loopback, of mixed scopes, or of a private address after a public one are refused."""
    names, outside = Names(*answers), dict[str, None]()
    for _ in answers[:-1]:
        assert await PinnedResolver(names, outside).addresses("evil.example") == ("8.8.8.8",)
    with pytest.raises(ForbiddenAddressError):
        await PinnedResolver(names, outside).addresses("evil.example")


async def test_br2_localhost_is_never_resolved() -> None:
    """The name localhost and numeric addresses are not resolved by DNS."""
    names = Names()
    resolver = PinnedResolver(names, {})
    assert await resolver.addresses("localhost") == ("127.0.0.1", "::1")
    assert await resolver.addresses("10.0.0.1") == ("10.0.0.1",)
    with pytest.raises(ForbiddenAddressError):
        await resolver.addresses("169.254.169.254")
    assert names.asked == []
