"""BR10 and BR11: no browser reaches the product's own servers, or a private network that is not listed."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from local_egress import local_rules
from pydantic import ValidationError

from adapters.browser import own_servers as own_servers_module
from adapters.browser.addresses import ForbiddenAddressError
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.egress_proxy import EgressProxyFactory
from adapters.browser.egress_rules import LOOPBACK, EgressRules
from adapters.browser.http_relay import EgressRefusedError
from adapters.browser.origins import WebOrigin, origin_of
from adapters.browser.own_servers import OwnServer, OwnServers, literal_address, own_server
from missions.errors import BrowserError
from runtime.settings import PrivateNetworkSettings

INTERFACE = ip_address("192.168.7.5")
EVERYWHERE = EgressRules(OwnServers(()), (*LOOPBACK, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


class Names:
    """A resolver with a table; a name that is not in it has no address."""

    def __init__(self, **table: list[str]) -> None:
        self.table = table

    async def __call__(self, name: str) -> Sequence[str]:
        if name not in self.table:
            raise OSError("no such name")
        return self.table[name]


def servers(*texts: str, **table: list[str]) -> OwnServers:
    return OwnServers(texts, Names(**table), lambda: frozenset({INTERFACE}))


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("temporal:7233", OwnServer("temporal", 7233)),
        ("Postgres.:5432", OwnServer("postgres", 5432)),
        ("seaweedfs:*", OwnServer("seaweedfs", None)),
        ("[::1]:80", OwnServer("::1", 80)),
        ("https://ops.example", OwnServer("ops.example", 443)),
        ("http://127.0.0.1:8000/console", OwnServer("127.0.0.1", 8000)),
        ("redis://user:pass@valkey/0", OwnServer("valkey", 6379)),
        ("postgresql+psycopg://api:pass@db/ops", OwnServer("db", 5432)),
    ],
)
def test_br10_own_servers_are_read_from_addresses_and_urls(text: str, server: OwnServer) -> None:
    """An own server is host and port, each port of a host, or what a URL leads to."""
    assert own_server(text) == server


@pytest.mark.parametrize(
    "text", ["", "temporal", ":80", "a:b", "a:70000", "a:80/x", "u@a:80", "ftp://a", "a b:*"]
)
def test_br10_what_is_no_address_is_refused(text: str) -> None:
    """Anything else is refused when a process starts."""
    with pytest.raises(ValueError, match=r"must be host:port|Port"):
        own_server(text)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("a.LOCALHOST.", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::ffff:7f00:1", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104  never bound to
        ("::", "::"),
    ],
)
def test_br10_every_notation_of_an_address_is_that_address(host: str, address: str) -> None:
    """The notations that a browser takes mean the same address here."""
    assert literal_address(host) == ip_address(address)


@pytest.mark.parametrize("name", ["grafana.corp", "temporal", "1.example"])
def test_br10_a_name_is_no_address(name: str) -> None:
    """Names are left to DNS."""
    assert literal_address(name) is None


@pytest.mark.parametrize(
    "own", ["127.0.0.1:8233", "0.0.0.0:8233", "[::1]:8233", "localhost:8233", "me:8233", "192.168.7.5:8233"]
)
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.0.0.2", "127.1.2.3", "::1", "0.0.0.0", "::", "192.168.7.5"],  # noqa: S104  never bound to
)
async def test_br10_a_server_of_this_machine_is_found_at_each_of_its_addresses(
    own: str, address: str
) -> None:
    """A server on this machine has each loopback and interface address; another port is free."""
    here = servers(own, me=["192.168.7.5"])
    assert await here.find("dash.example", [ip_address(address)], 8233) is not None
    assert await here.find("dash.example", [ip_address(address)], 9090) is None
    assert await here.find("dash.example", [ip_address("10.0.0.9")], 8233) is None


async def test_br10_a_server_is_found_by_its_address_whatever_its_name() -> None:
    """The resolved address and the port count; a name counts although it has no address here."""
    own = servers(
        "temporal:7233",
        "seaweedfs:*",
        "postgres:5432",
        temporal=["172.30.77.10", "fd00::7"],
        seaweedfs=["10.3.3.3"],
    )
    for host, address, port, is_own in (
        ("evil.example", "172.30.77.10", 7233, True),
        ("evil.example", "fd00::7", 7233, True),
        ("evil.example", "172.30.77.10", 80, False),
        ("evil.example", "172.30.77.11", 7233, False),
        ("evil.example", "10.3.3.3", 18888, True),
        ("Postgres.", "10.9.9.9", 5432, True),
        ("postgres", "10.9.9.9", 80, False),
    ):
        assert (await own.find(host, [ip_address(address)], port) is not None) is is_own, (
            host,
            address,
            port,
        )


async def test_br10_a_server_that_moves_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are resolved again after a while; a name that is not answered keeps its addresses."""
    names = Names(temporal=["10.0.0.1"])
    own = OwnServers(["temporal:7233"], names, frozenset)
    first, second = ip_address("10.0.0.1"), ip_address("10.0.0.2")
    assert await own.find("x", [first], 7233) is not None
    names.table["temporal"] = ["10.0.0.2"]
    assert await own.find("x", [second], 7233) is None, "the answer is fresh"
    monkeypatch.setattr(own_servers_module, "_FRESH_S", 0.0)
    own._fresh_until = 0.0
    assert await own.find("x", [second], 7233) is not None
    del names.table["temporal"]
    assert await own.find("x", [second], 7233) is not None


@pytest.mark.parametrize(
    "own",
    ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "127.0.0.1:*", "http://127.0.0.1:{port}/x"],
)
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "me.localhost", "127.0.0.2", "::1", "::ffff:127.0.0.1"]
)
async def test_br10_the_proxy_connects_to_no_own_server(site: Any, own: str, host: str) -> None:
    """A connector to an own server is refused without a connection, by each way through the proxy."""
    rules = local_rules(own.format(port=site.port))
    async with EgressProxyFactory(rules).proxy({WebOrigin("http", host, site.port)}) as proxy:
        with pytest.raises(EgressRefusedError):
            await proxy.connect(WebOrigin("http", host, site.port))
        with pytest.raises(EgressRefusedError):
            await proxy.tunnel(host, site.port)
        assert "OWN_SERVERS" in proxy.problem
    assert site.asked == []


async def test_br10_a_visit_says_why_and_others_go_on(chromium: Any, site: Any, second_site: Any) -> None:
    """A page of an own server never opens in the browser; a dashboard beside it does."""
    pool = BrowserPool(
        chromium,
        sandbox=False,
        slots=1,
        env={},
        proxies=EgressProxyFactory(local_rules(f"127.0.0.1:{site.port}")),
    )
    try:
        for url in (site.url, f"http://localhost:{site.port}", f"http://[::1]:{site.port}"):
            origin = origin_of(url)
            assert origin is not None
            async with pool.context({origin}) as tab:
                response = await tab.page.goto(url)
                assert response is not None
                assert response.status == 403
                with pytest.raises(BrowserError, match=r"blocked: .* see OWN_SERVERS"):
                    tab.egress.raise_if_stopped()
        origin = origin_of(second_site.url)
        assert origin is not None
        async with pool.context({origin}) as tab:
            response = await tab.page.goto(second_site.url)
            assert response is not None
            assert response.ok
    finally:
        await pool.close()
    assert site.asked == []


@pytest.mark.parametrize(
    ("networks", "address", "is_open"),
    [
        ((), "10.1.2.3", False),
        ((), "127.0.0.1", False),
        ((), "::1", False),
        ((), "100.64.0.1", False),
        ((), "fd12::1", False),
        ((), "8.8.8.8", True),
        ((), "2606:4700::1111", True),
        (("10.1.0.0/16",), "10.1.2.3", True),
        (("10.1.0.0/16",), "10.2.2.3", False),
        (("10.1.0.0/16",), "::ffff:10.1.2.3", True),
        (("10.1.0.0/16",), "::ffff:10.2.2.3", False),
        (("fd12::/32",), "fd12::1", True),
        (LOOPBACK, "127.9.9.9", True),
        (LOOPBACK, "::1", True),
        (("169.254.0.0/16",), "169.254.169.254", False),
    ],
)
async def test_br11_only_listed_private_networks_are_reached(
    networks: tuple[str, ...], address: str, *, is_open: bool
) -> None:
    """A private address needs a listed network, a public one does not; metadata services stay closed."""
    rules = EgressRules(OwnServers(()), networks)
    if is_open:
        await rules.check("dash.example", [address], 443)
    else:
        with pytest.raises(ForbiddenAddressError, match=r"BROWSER_PRIVATE_NETWORKS|metadata"):
            await rules.check("dash.example", [address], 443)


async def test_br11_one_address_outside_the_list_is_enough() -> None:
    """A name with a listed and an unlisted address is refused as a whole."""
    with pytest.raises(ForbiddenAddressError, match="BROWSER_PRIVATE_NETWORKS"):
        await EgressRules(OwnServers(()), ("10.1.0.0/16",)).check(
            "dash.example", ["10.1.2.3", "10.2.2.3"], 80
        )


@pytest.mark.parametrize("network", ["10.0.0.1/8", "corp", "0.0.0.0/0", "8.8.8.0/24", "::/0", "100.0.0.0/8"])
def test_br11_a_network_that_is_not_private_is_refused(network: str) -> None:
    """The setting lists private networks and nothing else."""
    with pytest.raises(ValidationError, match="network"):
        PrivateNetworkSettings(browser_private_networks=(network,))


async def test_br10_own_servers_are_resolved_once_for_many() -> None:
    """Connections at the same moment wait for one resolution."""
    asked: list[str] = []

    async def resolve(name: str) -> Sequence[str]:
        asked.append(name)
        await asyncio.sleep(0)
        return ["10.0.0.1"]

    own = OwnServers(["temporal:7233"], resolve, frozenset)
    await asyncio.gather(*(own.find("x", [ip_address("10.0.0.1")], 7233) for _ in range(20)))
    assert asked == ["temporal"]
