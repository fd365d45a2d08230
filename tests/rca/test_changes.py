"""Issue 16, "Changes": what was changed is read from what the change says, in the words of every tool."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from claims import claimed, first, for_it, is_found, offered
from observed_system import PROMQL, SUCCESS, ObservedSystem, Style

from missions.plan import ActionKind
from rca.changes import ChangeKind, kind_of

_ONSET = 60


@dataclass(frozen=True)
class Listed:
    """A change as a page lists it."""

    name: str
    kind: str
    text: str
    style: Style
    version: str | None = None
    revision: int | None = None


RELEASES = (
    Listed("argo-cd", "annotation", "Argo CD: synced application orders to 4f2e91c", PROMQL, "4f2e91c", 12),
    Listed(
        "argo-cd-kind", "sync", "OperationSucceeded: Sync operation to 9a31bd0 succeeded", SUCCESS, None, 44
    ),
    Listed("flux", "reconciliation", "HelmRelease/orders.v7 reconciled: upgrade succeeded", PROMQL, "v7", 7),
    Listed("helm", "helm", "Upgrade complete: release orders, chart orders-2.14.0", SUCCESS, "2.14.0", 9),
    Listed(
        "image", "ScalingReplicaSet", "deployment/orders image updated: 1.8.2 -> 1.9.0", PROMQL, "1.9.0", 19
    ),
    Listed(
        "ecs", "UpdateService", "service orders: (task-definition orders:118) has started", SUCCESS, None, 118
    ),
    Listed(
        "spinnaker", "pipeline", "Pipeline 'deploy prod' finished stage Deploy (red/black)", PROMQL, "b611", 6
    ),
)


@pytest.mark.parametrize("listed", RELEASES, ids=lambda listed: listed.name)
def test_e7_1_a_release_is_one_in_the_words_of_every_tool(listed: Listed) -> None:
    """The release just before the onset is cited for its service, and its rollback is offered first."""
    system = _failing_orders(listed.style)
    change = system.changed(
        "orders", _ONSET - 1, listed.kind, listed.text, version=listed.version, revision=listed.revision
    )
    diagnosis = system.diagnosis()
    assert claimed(diagnosis) == "orders"
    assert change in for_it(diagnosis)
    assert diagnosis.root_cause_candidates[0].remediation[:1] == (ActionKind.ROLLBACK,)


OTHER_CHANGES = (
    Listed(
        "launchdarkly",
        "annotation",
        "LaunchDarkly: flag new-pricing turned ON for 100% in production",
        PROMQL,
    ),
    Listed(
        "unleash", "feature-toggle", "feature-environment-enabled: express-checkout (production)", SUCCESS
    ),
    Listed("flyway", "migration", "Flyway: migrated schema orders to version 42 - drop index", PROMQL),
    Listed("liquibase", "annotation", "liquibase update: ran changeset 118-add-not-null::kim", SUCCESS),
    Listed("alembic", "schema", "alembic upgrade 3f1a -> 77c2, add foreign key", PROMQL),
    Listed("terraform", "apply", "Terraform apply: aws_security_group.orders updated in-place", SUCCESS),
    Listed(
        "configmap", "annotation", "kubectl edit configmap/orders-env by ana: DB_POOL_MAX 40 -> 4", PROMQL
    ),
    Listed("secret", "SecretRotated", "ExternalSecret orders-db refreshed from Vault, version 9", SUCCESS),
)


@pytest.mark.parametrize("listed", OTHER_CHANGES, ids=lambda listed: listed.name)
def test_e7_1_a_change_without_a_release_is_a_cause(listed: Listed) -> None:
    """The change is cited for its service; no action is offered, as none of the catalog takes it back."""
    system = _failing_orders(listed.style)
    change = system.changed("orders", _ONSET - 1, listed.kind, listed.text)
    diagnosis = system.diagnosis()
    assert claimed(diagnosis) == "orders"
    assert change in for_it(diagnosis)
    assert not offered(diagnosis)


def an_autoscaler_follows_the_load() -> tuple[ObservedSystem, str]:
    """Twice the requests arrive; the autoscaler had added replicas when the first came."""
    system = _orders(PROMQL, 52)
    system.happens(_ONSET, "gate", "orders", traffic=2.2)
    system.happens(_ONSET, "orders", slower=0.7)
    text = "HorizontalPodAutoscaler orders: SuccessfulRescale, new size 6, reason: cpu above target"
    return system, system.changed("orders", _ONSET + 1, "SuccessfulRescale", text)


def a_certificate_is_renewed_elsewhere() -> tuple[ObservedSystem, str]:
    """cert-manager renews what expires in a month; orders fails for another reason."""
    system = _failing_orders(SUCCESS)
    text = "cert-manager: certificate gate-tls was issued, renews 2026-05-03"
    return system, system.changed("gate", _ONSET - 2, "CertificateIssued", text)


def a_release_in_another_cluster() -> tuple[ObservedSystem, str]:
    """The same service was released in another region; the series are of this one."""
    system = _failing_orders(PROMQL)
    text = "Argo CD: synced application orders to 77aa01b, cluster=staging-us-east, env=staging"
    system.labels = {"cluster": "prod-eu-west", "env": "production"}
    return system, system.changed("orders", _ONSET - 1, "sync", text, version="77aa01b", revision=13)


def a_release_after_the_onset() -> tuple[ObservedSystem, str]:
    """The next release in the pipeline arrives six minutes after the errors began."""
    system = _failing_orders(SUCCESS)
    return system, system.changed(
        "orders", _ONSET + 24, "deployment", "orders 4.1", version="4.1", revision=41
    )


def the_rollback_that_a_colleague_tried() -> tuple[ObservedSystem, str]:
    """It came four minutes after the onset and did not help."""
    system = _failing_orders(PROMQL)
    text = "helm rollback orders 11: Rollback was a success! Happy Helming!"
    return system, system.changed("orders", _ONSET + 16, "helm", text, version="2.13.0", revision=14)


def a_restart_that_a_colleague_tried() -> tuple[ObservedSystem, str]:
    """An operator's action is context."""
    system = _failing_orders(PROMQL)
    return system, system.changed("orders", _ONSET + 12, "action", "kubectl rollout restart deploy/orders")


def a_canary_that_was_given_up() -> tuple[ObservedSystem, str]:
    """It ended half an hour before: the errors began long after it."""
    system = _orders(SUCCESS, 58, samples=240)
    system.happens(180, "orders", failing=0.3)
    text = "Flagger: canary orders failed its analysis, promotion stopped, traffic back to primary"
    return system, system.changed("orders", 40, "Canary", text, version="5.0-rc1", revision=50)


INNOCENT: tuple[Callable[[], tuple[ObservedSystem, str]], ...] = (
    an_autoscaler_follows_the_load,
    a_certificate_is_renewed_elsewhere,
    a_release_in_another_cluster,
    a_release_after_the_onset,
    the_rollback_that_a_colleague_tried,
    a_restart_that_a_colleague_tried,
    a_canary_that_was_given_up,
)


@pytest.mark.parametrize("story", INNOCENT)
def test_e7_2_a_change_that_cannot_be_the_cause_is_none(
    story: Callable[[], tuple[ObservedSystem, str]],
) -> None:
    """It is not cited for any candidate, and no rollback is offered because of it."""
    system, change = story()
    diagnosis = system.diagnosis()
    assert first(diagnosis) == "orders"
    assert change not in for_it(diagnosis)
    assert ActionKind.ROLLBACK not in offered(diagnosis)


def test_e7_2_changes_alone_are_no_incident() -> None:
    """A busy day of releases, flags and migrations after which everybody is well."""
    system = _orders(PROMQL, 59)
    for place, listed in enumerate((*RELEASES, *OTHER_CHANGES)):
        system.changed(("orders", "gate")[place % 2], 7 * place + 5, listed.kind, listed.text)
    diagnosis = system.diagnosis()
    assert not is_found(diagnosis)
    assert not offered(diagnosis)


def _orders(style: Style, seed: int, samples: int = 120) -> ObservedSystem:
    system = ObservedSystem(seed=seed, style=style, samples=samples)
    system.service("gate", rate=45, calls=("orders", "stock"))
    system.service("orders", rate=18, calls=("ledger",))
    system.service("ledger", rate=18, seconds=0.01)
    system.service("stock", rate=30)
    return system


def _failing_orders(style: Style) -> ObservedSystem:
    system = _orders(style, 51)
    system.happens(_ONSET, "orders", failing=0.3)
    return system


@pytest.mark.parametrize(
    ("kind", "description", "expected"),
    [
        ("ScalingReplicaSet", "Scaled deployment/orders to 0", ChangeKind.STOP),
        ("UpdateService", "service orders: desired count 3 -> 0", ChangeKind.STOP),
        ("scale", "nomad job scale orders api 0: replicas: 2 → 0", ChangeKind.STOP),
        ("scale", "scaled from 3 to 0", ChangeKind.STOP),
        ("patch", "spec.replicas from 3 to 0", ChangeKind.STOP),
        ("autoscaling", "HPA scaled orders: replicas 3 -> 10", ChangeKind.OTHER),
        ("scale", "replicas: 0 -> 3", ChangeKind.OTHER),
        ("scale", "scaled replicas 0 to 3", ChangeKind.OTHER),
        ("scale", "unavailable replicas: 0", ChangeKind.OTHER),
        ("scale", "scaled memory to 0.5Gi", ChangeKind.OTHER),
        ("scale", "kubectl scale deploy/orders --replicas=2", ChangeKind.OTHER),
        ("ScalingReplicaSet", "Scaled down replica set orders-5d9c to 0 from 3", ChangeKind.OTHER),
    ],
)
def test_a_service_without_replicas_is_stopped(kind: str, description: str, expected: ChangeKind) -> None:
    """An old replica set of a rollout is left without any, too, and its service runs on."""
    system = ObservedSystem()
    system.changed("orders", 10, kind, description)
    assert kind_of(system.changes[0]) is expected
