"""Which product answers at an address, and what it has before any page of it was chosen."""

from typing import Any

import pytest
from aiohttp import web

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.credentials.keys import private_from, public_of
from adapters.credentials.opener import Opener
from adapters.credentials.sealer import Sealer
from adapters.dashboards.page.detection import bases_of
from adapters.dashboards.page.prober import DashboardProber
from adapters.dashboards.products.registry import dashboard_for
from adapters.dashboards.products.signatures import SIGNATURES
from missions.connector import Connector, ConnectorConfig, PageConfig
from missions.credentials import Credentials
from missions.health import MOST_MATCHES, DashboardMatch, DashboardSearch, HealthProbe, HealthStatus
from missions.plan import PanelQuery

KEY = private_from("a key of the detection's tests")
ANSWERS: dict[str, tuple[str, Any]] = {
    "grafana": ("/api/health", {"commit": "1a2b3c", "database": "ok", "version": "11.2.0"}),
    "prometheus": (
        "/api/v1/status/buildinfo",
        {"status": "success", "data": {"version": "3.1.0", "revision": "4e", "goVersion": "go1.23"}},
    ),
    "alertmanager": (
        "/api/v2/status",
        {"cluster": {"status": "ready", "peers": []}, "config": {}, "versionInfo": {"version": "0.27.0"}},
    ),
    "kibana": (
        "/api/status",
        {"name": "k", "uuid": "5b", "version": {"number": "8.14.0"}, "status": {"overall": {"level": "ok"}}},
    ),
    "opensearch-dashboards": (
        "/api/status",
        {
            "name": "o",
            "uuid": "6c",
            "version": {"number": "2.15.0"},
            "status": {"overall": {"state": "green"}},
        },
    ),
    "jaeger": ("/api/services", {"data": ["web"], "total": 1, "limit": 0, "offset": 0, "errors": None}),
    "opensearch": ("/", {"name": "n", "cluster_name": "logs", "version": {"number": "2.15.0"}}),
}


@pytest.fixture
def prober(pool: BrowserPool) -> DashboardProber:
    budget = Budget(goto=3.0, ready=3.0, body=2.0, read=3.0)
    return DashboardProber(pool, dashboard_for, budget, opener=Opener([KEY]), signatures=SIGNATURES)


def probe_of(url: str, type_: str = "", **more: Any) -> HealthProbe:
    return Connector(name="new", type=type_, base_url=url, **more).probe("acme")


@pytest.mark.parametrize("below", ["", "/tools/watching"])
@pytest.mark.parametrize("product", list(ANSWERS))
async def test_a_product_is_known_by_its_own_answer(
    prober: DashboardProber, site: Any, product: str, below: str
) -> None:
    """At the root of a host and at a sub-path."""
    path, answer = ANSWERS[product]
    site.json(below + path, answer)
    detected = await prober.detect(probe_of(site.url + below))
    assert (detected.type, detected.reason, detected.base_url) == (product, "", site.url + below)


@pytest.mark.parametrize(
    ("copied", "base"),
    [
        ("/?orgId=1", ""),
        ("/tools/watching/d/abc/checkout?from=now-1h#panel-3", "/tools/watching"),
        ("/tools/watching/explore/", "/tools/watching"),
    ],
)
async def test_the_address_of_a_page_leads_to_its_product(
    prober: DashboardProber, site: Any, copied: str, base: str
) -> None:
    """People copy what their browser shows."""
    path, answer = ANSWERS["grafana"]
    site.json(base + path, answer)
    detected = await prober.detect(probe_of(site.url + copied))
    assert (detected.type, detected.base_url) == ("grafana", site.url + base)


def test_the_parents_of_an_address() -> None:
    assert bases_of("https://h/a/b/?x=1#y") == ["https://h/a/b", "https://h/a", "https://h"]
    assert bases_of("https://h:9") == ["https://h:9"]
    assert len(bases_of("https://h/" + "a/" * 50)) == 6


async def test_a_kibana_that_is_closed_to_strangers_is_known(prober: DashboardProber, site: Any) -> None:
    site.json("/api/status", {"status": {"overall": {"level": "available"}}})
    assert (await prober.detect(probe_of(site.url))).type == "kibana"


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"/api/health": {"status": "UP"}, "/api/status": {"status": "ok"}},
        {"/api/health": {"status": "UP", "database": "connected"}},
        {"/api/health": {"database": "ok", "cache": "ok"}, "/api/status": {"name": "shop", "version": "2.1"}},
        {"/api/services": ["web"], "/api/v1/status/buildinfo": {"status": "error", "error": "no"}},
        {"/api/v2/status": "<html>not found</html>"},
    ],
)
async def test_other_pages_are_any_page(prober: DashboardProber, site: Any, answers: dict[str, Any]) -> None:
    """Products of other people use the same paths for other answers."""
    for path, answer in answers.items():
        site.json(path, answer)
    assert (await prober.detect(probe_of(site.url))).type == "web"


async def test_credentials_are_used(prober: DashboardProber, site: Any) -> None:
    """What asks for a token is known with it, and said to be denied without it."""
    path, answer = ANSWERS["prometheus"]

    async def guarded(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer good":
            return web.Response(status=401)
        return web.json_response(answer)

    site.routes["/"] = site.routes[path] = guarded
    sealed = Sealer(public_of(KEY)).seal("acme", site.url, Credentials.model_validate({"token": "good"}))
    assert (await prober.detect(probe_of(site.url, sealed=sealed))).type == "prometheus"
    refused = await prober.detect(probe_of(site.url))
    assert refused.type == ""
    assert refused.reason.startswith("denied: /api/v1/status/buildinfo answered HTTP 401"), refused


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_an_answer_that_is_denied_is_not_another_product(
    prober: DashboardProber, site: Any, status: int
) -> None:
    """It may be the product: what was not answered is the reason, whatever is at the parent's path."""
    site.json(*ANSWERS["grafana"])
    site.json("/metrics/api/v1/status/buildinfo", {}, status)
    detected = await prober.detect(probe_of(f"{site.url}/metrics"))
    assert detected.type == ""
    assert f"HTTP {status}" in detected.reason, detected


@pytest.mark.parametrize(
    "page",
    [
        "<form><input name=user><input type=password></form>",
        "<script>setTimeout(() => document.body.innerHTML = '<input type=password>', 100)</script>",
        "<script>location.href = '/login'</script>",
    ],
)
async def test_a_login_form_is_no_page_to_watch(prober: DashboardProber, site: Any, page: str) -> None:
    """In the page, drawn by its script, or where the page moves on to."""
    site.html("/", page)
    site.html("/login", "<input type=password>")
    detected = await prober.detect(probe_of(site.url))
    assert (detected.type, detected.reason.partition(":")[0]) == ("", "refused")


async def test_an_address_without_a_server_is_unreachable(prober: DashboardProber, unused_port: int) -> None:
    detected = await prober.detect(probe_of(f"http://127.0.0.1:{unused_port}"))
    assert (detected.type, detected.reason.partition(":")[0]) == ("", "unreachable")


async def test_a_vendor_is_known_by_its_host(prober: DashboardProber) -> None:
    """Nothing is asked: its API answers nobody without keys."""
    assert (await prober.detect(probe_of("https://api.datadoghq.com"))).type == "datadog"


async def searched(prober: DashboardProber, url: str, type_: str, words: str) -> tuple[DashboardMatch, ...]:
    return await prober.discover(DashboardSearch(probe=probe_of(url, type_), words=words))


async def test_what_a_product_has_is_found_before_a_page_is_chosen(
    prober: DashboardProber, site: Any
) -> None:
    """Each match is a page that a mission could visit, with the queries that its product needs."""
    site.json(*ANSWERS["prometheus"])
    names = ["http_requests_total", "http_request_seconds_bucket", "queue_length"]
    site.json("/api/v1/label/__name__/values", {"status": "success", "data": names})
    site.json("/api/services", {"data": ["checkout", "web"], "total": 2, "errors": None})
    site.json(*ANSWERS["kibana"])
    saved = [{"id": "a/b", "attributes": {"title": "Checkout errors"}}]
    site.json("/api/saved_objects/_find", {"saved_objects": saved})
    metrics = await searched(prober, site.url, "prometheus", "http")
    assert [match.queries[0].query for match in metrics] == [
        "rate(http_requests_total[2m])",
        "histogram_quantile(0.95, sum by (le, job, service) (rate(http_request_seconds_bucket[2m])))",
    ]
    (service,) = await searched(prober, site.url, "jaeger", "check")
    assert (service.title, service.queries[0].query) == ("checkout", "checkout")
    (dashboard,) = await searched(prober, site.url, "kibana", "errors")
    assert (dashboard.title, dashboard.path) == ("Checkout errors", "/app/dashboards#/view/a%2Fb")
    (alerts,) = await searched(prober, site.url, "alertmanager", "")
    assert (alerts.title, alerts.queries[0].query) == ("Active alerts", "{}")
    assert await searched(prober, site.url, "alertmanager", "metrics") == ()


async def test_any_page_is_found_by_its_title(prober: DashboardProber, site: Any) -> None:
    site.html("/", "<title>Status of the shop</title>up")
    (page,) = await searched(prober, site.url, "web", "shop")
    assert (page.kind, page.title, page.path) == ("page", "Status of the shop", "/")


async def test_only_what_can_be_registered_is_found(prober: DashboardProber, site: Any) -> None:
    """Long and unprintable names of a product, and more of them than are shown."""
    names = ["", "checkout\u202eerrors", "x" * 5000, "longer" * 50, *(f"s{number}" for number in range(150))]
    site.json("/api/services", {"data": names, "total": len(names), "errors": None})
    services = await searched(prober, site.url, "jaeger", "")
    assert len(services) == MOST_MATCHES + 1
    assert [len(service.title) for service in services[:2]] == [15, 100]
    assert services[0].title == "checkout errors"
    (last,) = await searched(prober, site.url, "jaeger", "s149")
    assert last.queries[0].query == "s149"


async def test_an_exact_title_comes_first(prober: DashboardProber, site: Any) -> None:
    """`up` is found among all names that contain it, and other names are quoted."""
    site.json(*ANSWERS["prometheus"])
    names = [*(f"group_{number}" for number in range(150)), "up", "http.server.duration_bucket"]
    site.json("/api/v1/label/__name__/values", {"status": "success", "data": names})
    first, *_ = await searched(prober, site.url, "prometheus", "UP")
    assert (first.title, first.queries[0].query) == ("up", "up")
    (quoted,) = await searched(prober, site.url, "prometheus", "duration")
    assert 'rate({"http.server.duration_bucket"}[2m])' in quoted.queries[0].query
    assert "sum by (le, job, service)" in quoted.queries[0].query


@pytest.mark.parametrize(
    ("type_", "queries"),
    [
        ("prometheus", ()),
        ("datadog", ()),
        ("jaeger", (PanelQuery(panel="a", query="a"), PanelQuery(panel="b", query="b"))),
    ],
)
async def test_a_page_that_no_mission_could_visit_is_down(
    prober: DashboardProber, site: Any, type_: str, queries: tuple[PanelQuery, ...]
) -> None:
    site.json(*ANSWERS["prometheus"])
    page = PageConfig(id="p", title="P", queries=queries)
    health = await prober.probe(probe_of(site.url, type_, config=ConnectorConfig(pages=(page,))))
    assert health.status is HealthStatus.DOWN, health
    assert "new/p names" in health.detail


async def test_a_connector_without_pages_can_be_tested(prober: DashboardProber, site: Any) -> None:
    """Its pages are chosen afterwards: until then the product's own page is opened."""
    site.json(*ANSWERS["prometheus"])
    site.json("/api/v1/query", {"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}})

    async def home(_: web.Request) -> web.Response:
        raise web.HTTPFound("/graph")

    site.routes["/"] = home
    site.html("/graph", "<title>Prometheus</title>")
    health = await prober.probe(probe_of(site.url, "prometheus"))
    assert health.status is HealthStatus.HEALTHY, health
    assert health.source is not None
    assert health.source.version == "3.1.0"
