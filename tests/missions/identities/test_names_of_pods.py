"""E4.1: logs under a pod's name, metrics under the Service's, changes under the Deployment's are one."""

import pytest

from missions.identities.appearances import Appearance
from missions.identities.entities import MergeBasis
from missions.identities.table import IdentityTable


def names_of(*appearances: Appearance) -> list[str]:
    """The names that the appearances resolve to."""
    table = IdentityTable(appearances)
    return [table.name_of(appearance) for appearance in appearances]


@pytest.mark.parametrize(
    ("service", "others"),
    [
        ("checkout", ("checkout-5c689d88bb-qrx7k", "checkout-7d4b9c6f5d-2wzlt", "deployment.apps/checkout")),
        ("ledger-api", ("ledger-api-6c3e1a8e-1b7c-4d2f-9a10-3f5b7c9d1e2f", "ledger-api.service.dc1.consul")),
        ("платежи", ("shop-платежи-1", "shop_платежи_2", "http://платежи:9000/metrics")),
        ("session-store", ("session-store-0", "session-store-1.session-store.web.svc.cluster.local:6379")),
        ("node-agent", ("node-agent-x7k2p", "daemonset/node-agent")),
        (
            "nightly-report",
            ("nightly-report-28394820-mx4wd", "nightly-report-28394820", "job/nightly-report"),
        ),
        ("mailer", ("mailer.service", "/system.slice/mailer.service", "mailer@host-7.example.org")),
        (
            "reviews",
            (
                "outbound|9080|v2|reviews.bookinfo.svc.cluster.local",
                "reviews-00004-deployment-6b8f9d7c4-abcde",
            ),
        ),
        ("cart", ("ecs-shop-task-7-cart-aabbccddeeff00112233", "/ecs/cart")),
        ("search", ("search.1.9kq2w7x1c3v5b8n4m6l0j2h4g", "Search", "search-svc")),
    ],
)
def test_e4_1_the_names_of_one_service_are_one(service: str, others: tuple[str, ...]) -> None:
    """Pods, tasks, units, addresses and objects appear under the service that has the metrics."""
    metrics = Appearance(name=service, measured=True)
    names = names_of(metrics, *(Appearance(name=other) for other in others))
    assert set(names) == {service}


@pytest.mark.parametrize(
    "appearances",
    [
        (
            Appearance(name="payments", pod="core-billing-7f9c6d8b5-xk2lp", workload="core-billing"),
            Appearance(name="core-billing"),
            Appearance(name="core-billing-7f9c6d8b5-zz9qt"),
        ),
        (
            Appearance(service="payments", pod="pay-1a2b"),
            Appearance(pod="pay-1a2b", container="main"),
            Appearance(name="pay-1a2b"),
        ),
        (Appearance(name="payments", workload="pay-deploy"), Appearance(name="deploy/pay-deploy")),
    ],
)
def test_e4_1_labels_link_names_without_a_common_word(appearances: tuple[Appearance, ...]) -> None:
    """Labels beside each other link a Deployment and its pods to a Service that has another name."""
    assert set(names_of(*appearances)) == {"payments"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("user", "user-db"),
        ("orders", "orders-mssql"),
        ("gateway", "gateway-http2"),
        ("api", "api.github.com"),
        ("db", "user-db-1"),
        ("redis", "redis-cluster7-proxy"),
        ("app", "app-v2"),
        ("shop", "shop-web-frontend"),
    ],
)
def test_e4_1_names_that_only_look_alike_stay_apart(first: str, second: str) -> None:
    """A common beginning is no evidence."""
    names = names_of(Appearance(name=first, measured=True), Appearance(name=second), Appearance(name="user"))
    assert names[:2] == [first, second]


def test_e4_1_shards_with_metrics_of_their_own_stay_apart() -> None:
    """Two numbered names that are measured one by one are two, unless a label calls them pods."""
    shards = (Appearance(name="web-1", measured=True), Appearance(name="web-2", measured=True))
    assert names_of(Appearance(name="web"), *shards) == ["web", "web-1", "web-2"]
    pods = tuple(Appearance(name=each.name, pod=each.name, measured=True) for each in shards)
    assert names_of(Appearance(name="web"), *pods) == ["web", "web", "web"]


@pytest.mark.parametrize(
    ("pods", "service"),
    [
        (("billing-66b7c9d5f8-k2vqx", "billing-66b7c9d5f8-zt9lm"), "billing"),
        (("kafka-0", "kafka-1", "kafka-2"), "kafka"),
        (("agent-x7k2p", "agent-q9wzd"), "agent"),
    ],
)
def test_e4_1_replicas_without_a_service_share_their_stem(pods: tuple[str, ...], service: str) -> None:
    """Several replicas are evidence for their workload; a single one is not."""
    assert set(names_of(*(Appearance(name=pod) for pod in pods))) == {service}
    assert names_of(Appearance(name=pods[0])) == [pods[0]]


def test_e4_1_an_exporters_own_service_owns_no_pods() -> None:
    """A service label beside the pods of several workloads is that of the exporter."""
    pods = ("cart-5c689d88bb-qrx7k", "mail-7d4b9c6f5d-2wzlt", "cart-5c689d88bb-9kqwz")
    scraped = tuple(Appearance(service="kube-state-metrics", pod=pod) for pod in pods)
    logs = tuple(Appearance(name=pod) for pod in pods)
    services = (Appearance(name="cart", measured=True), Appearance(name="mail", measured=True))
    assert names_of(*logs, *services, *scraped)[:3] == ["cart", "mail", "cart"]


def test_e4_1_a_name_with_two_possible_owners_is_listed() -> None:
    """It stays apart, and the table says between which services it is."""
    table = IdentityTable(
        (Appearance(name="shop-web", measured=True), Appearance(name="web", measured=True)),
    )
    name = Appearance(name="shop-web-1")
    both = IdentityTable(
        (Appearance(name="shop-web", measured=True), Appearance(name="web", measured=True), name)
    )
    assert both.name_of(name) == "shop-web-1"
    assert [(each.name, each.services) for each in both.ambiguous] == [("shop-web-1", ("shop-web", "web"))]
    assert table.ambiguous == ()


def test_e4_1_every_merge_has_a_reason() -> None:
    """People can read why two names are one, and contradict it."""
    table = IdentityTable(
        (
            Appearance(name="cart", measured=True),
            Appearance(name="cart-5c689d88bb-qrx7k"),
            Appearance(name="basket"),
        ),
        {"cart": ("basket",)},
    )
    assert [(merge.name, merge.service, merge.basis) for merge in table.merges] == [
        ("basket", "cart", MergeBasis.ALIAS),
        ("cart-5c689d88bb-qrx7k", "cart", MergeBasis.REPLICA),
    ]
    assert table.merges[1].reason == "Its form is that of a pod of a Deployment of cart."


def test_e4_1_later_replicas_resolve_by_the_same_table() -> None:
    """After a restart the pods have new names, which no evidence of before has."""
    table = IdentityTable((Appearance(name="cart", measured=True), Appearance(name="cart-5c689d88bb-qrx7k")))
    assert table.name_of(Appearance(name="cart-84f7b6d9c5-t2lmp")) == "cart"


def test_e4_1_sidecars_are_no_service() -> None:
    """A container's name counts only where a service has it."""
    names = names_of(
        Appearance(container="istio-proxy"), Appearance(container="cart"), Appearance(name="cart")
    )
    assert names == ["", "cart", "cart"]


def test_e4_1_a_version_is_no_replica() -> None:
    """A number without the replicas before it, measured beside the plain name, is another service."""
    names = ("postgres", "postgres-15")
    assert names_of(*(Appearance(name=name, measured=True) for name in names)) == list(names)
