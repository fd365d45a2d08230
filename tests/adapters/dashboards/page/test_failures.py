"""Issue 17, item 10: why a page could not be opened is said as what it is, with what to do."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.failures import network_error, status_error, wrong_product
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.prober import DashboardProber
from adapters.dashboards.products.registry import dashboard_for
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.health import HealthProbe, HealthStatus
from missions.page_limits import PageLimits
from missions.plan import PanelQuery, Visit

VisitOf = Callable[..., Visit]


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def as_product(visit: Visit, product: str, **changes: Any) -> Visit:
    target = visit.target.model_copy(update={"type": product, **changes})
    return visit.model_copy(update={"target": target})


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "denied: /d/shop answered HTTP 401; check the connector's token or login"),
        (403, "denied: /d/shop answered HTTP 403"),
        (404, "missing: there is nothing at /d/shop (HTTP 404); check the page's path"),
        (410, "missing: there is nothing at /d/shop (HTTP 410)"),
        (429, "busy: the server answered HTTP 429"),
        (500, "failing: the server answered HTTP 500"),
        (503, "failing: the server answered HTTP 503; it may be starting"),
        (418, "unreachable: the page answered HTTP 418"),
    ],
)
def test_an_http_error_is_said_as_what_it_is(status: int, words: str) -> None:
    """Its query may hold a token and is not quoted."""
    detail = str(status_error(status, "https://grafana.example/d/shop?auth_token=canary-token"))
    assert words in detail
    assert "canary" not in detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://a.example/", "certificate: .* authority"),
        ("Page.goto: net::ERR_CERT_COMMON_NAME_INVALID at https://a.example/", "for another host"),
        ("Page.goto: net::ERR_CERT_DATE_INVALID at https://a.example/", "expired or is not valid yet"),
        ("Page.goto: net::ERR_SSL_PROTOCOL_ERROR at https://a.example/", "does not speak TLS"),
        ("Page.goto: net::ERR_TOO_MANY_REDIRECTS at https://a.example/", "redirects in a circle"),
        ("Page.goto: net::ERR_CERT_INVALID at https://a.example/", "certificate: .* does not accept it"),
        ("Page.goto: net::ERR_FAILED at https://a.example/", "unreachable: Page.goto: net::ERR_FAILED$"),
        ("Page.goto: net::ERR_CONNECTION_RESET at https://a.example/?token=canary", "ERR_CONNECTION_RESET$"),
    ],
)
def test_a_network_error_says_what_to_do(text: str, words: str) -> None:
    with pytest.raises(BrowserError, match=words):
        raise network_error(text)


def test_another_product_is_named_with_where_the_address_led() -> None:
    asked = "https://tools.example/api/health"
    detail = str(wrong_product("Grafana", asked, "https://tools.example/portal/start?next=x"))
    assert "this is no Grafana: /api/health led to /portal/start; check the base URL" in detail
    login = str(wrong_product("Grafana", asked, "https://tools.example/portal/login?next=x"))
    assert "refused: Grafana asks to sign in" in login
    assert "does not answer as one; check the connector's type" in str(wrong_product("Grafana", asked, asked))


@asynccontextmanager
async def self_signed(folder: Path) -> AsyncIterator[str]:
    """The address of a page whose certificate no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_self_signed_certificate_is_said_as_such(
    site: Any, observer: DashboardObserver, visit_of: VisitOf, tmp_path: Path
) -> None:
    async with self_signed(tmp_path) as url:
        visit = as_product(visit_of(site), "web", base_url=url)
        with pytest.raises(BrowserError, match="certificate: the browser does not know the authority"):
            await observer.visit(visit, ignore)


async def test_tls_on_a_port_without_it_is_said_as_such(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    visit = as_product(visit_of(site), "web", base_url=site.url.replace("http://", "https://"))
    with pytest.raises(BrowserError, match=r"the port does not speak TLS; is the base URL one of http://\?"):
        await observer.visit(visit, ignore)


@pytest.mark.parametrize("product", ["grafana", "kibana", "prometheus"])
async def test_the_wrong_product_is_said_as_such(
    product: str, site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """Another product answers at the addresses by which the product is known."""
    for path in ("/api/health", "/api/status", "/api/v1/status/buildinfo"):
        site.json(path, {"status": "ok"})
    visit = as_product(visit_of(site, "p"), product, queries=(PanelQuery(panel="p", query="up"),))
    with pytest.raises(BrowserError, match=f"wrong-product: this is no (?i:{product}).*base URL"):
        await observer.visit(visit, ignore)


@pytest.mark.parametrize("product", ["grafana", "kibana", "prometheus"])
async def test_a_server_without_the_products_address_is_another_product(
    product: str, site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    visit = as_product(visit_of(site, "p"), product, queries=(PanelQuery(panel="p", query="up"),))
    with pytest.raises(BrowserError, match=f"wrong-product: this is no (?i:{product}).*sub-path"):
        await observer.visit(visit, ignore)


async def test_a_missing_sub_path_says_where_the_address_led(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """The server has Grafana at /grafana/ and sends everything else to its portal."""

    async def portal(_: web.Request) -> web.Response:
        raise web.HTTPFound("/portal/start")

    site.routes["/api/health"] = portal
    site.html("/portal/start", "Choose a tool")
    visit = as_product(visit_of(site, "1", path="/d/shop/shop"), "grafana")
    with pytest.raises(BrowserError, match=r"this is no Grafana: /api/health led to /portal/start"):
        await observer.visit(visit, ignore)


async def test_an_unknown_dashboard_is_said_as_such(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    site.json("/api/health", {"database": "ok", "version": "12.1.0"})
    site.json("/api/user", {"login": "robot"})
    site.json("/api/dashboards/uid/gone", {"message": "Dashboard not found"}, status=404)
    visit = as_product(visit_of(site, "1", path="/d/gone/shop"), "grafana")
    with pytest.raises(BrowserError, match="missing: Grafana has no dashboard gone"):
        await observer.visit(visit, ignore)


async def test_a_slow_page_is_not_refused(site: Any, pool: BrowserPool, visit_of: VisitOf) -> None:
    """It is only slow: its connector's own limit lets it open, and its panel has the rest of the time."""

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(1.5)
        text = "<section data-panel-id=p data-state=empty></section>"
        return web.Response(text=text, content_type="text/html")

    site.routes["/slow"] = slow
    observer = DashboardObserver(pool, dashboard_for, Budget(goto=1.0, ready=2.0, body=1.0))
    visit = visit_of(site, "p", path="/slow")
    with pytest.raises(BrowserError, match="timeout: the page did not open within 1 s; if it is only slow"):
        await observer.visit(visit, ignore)
    patient = as_product(visit, "web", limits=PageLimits(open_seconds=10))
    result = await observer.visit(patient, ignore)
    assert [panel.state for panel in result.sighting.panels] == [PanelState.EMPTY]


async def test_the_wait_for_a_browser_is_not_the_dashboards(
    site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """A probe that waits for other visits to end says how long the page took, not the wait."""
    probe = HealthProbe(org="acme", connector="shop", target=visit_of(site).target)
    async with AsyncExitStack() as others:
        for _ in range(2):  # every slot of the pool
            await others.enter_async_context(pool.context(frozenset()))
        waiting = asyncio.create_task(DashboardProber(pool, dashboard_for).probe(probe))
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(2)
    health = await waiting
    waited_ms = (asyncio.get_running_loop().time() - began) * 1000
    assert health.status is HealthStatus.HEALTHY
    assert health.latency_ms is not None
    assert health.latency_ms <= waited_ms - 1900
