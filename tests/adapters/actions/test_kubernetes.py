"""Contract only: a small API server on loopback; request bodies are checked against the generated models."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from kubernetes_api import KubernetesApi, kubernetes_api, mistakes, template

from adapters.actions.configuration import KubernetesCluster
from adapters.actions.kubernetes import APPROVAL, KubernetesActuator
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, Refusal, TargetState

KEY = "0193-key"
STATE = TargetState(
    service="payments",
    generation=5,
    replicas=2,
    revision=3,
    version="payments:v3",
    previous_revision=2,
    facts={"uid": "u-1"},
)
"""The Deployment before any action."""
PARAMS = {ActionKind.RESTART: {}, ActionKind.SCALE: {"replicas": 4}, ActionKind.ROLLBACK: {"revision": 2}}


@pytest.fixture
def api() -> KubernetesApi:
    return KubernetesApi()


@pytest.fixture
async def actuator(api: KubernetesApi, tmp_path: Path) -> AsyncIterator[KubernetesActuator]:
    async with kubernetes_api(api, tmp_path) as kubeconfig:
        yield KubernetesActuator(KubernetesCluster(namespace="shop", kubeconfig=kubeconfig), timeout=20)
    assert api.faults == []


def action(kind: ActionKind, **params: int) -> Action:
    given = dict(params) or PARAMS[kind]
    return Action(kind=kind, service="payments", environment="production", actuator="cluster", params=given)


def test_the_models_know_what_is_wrong() -> None:
    """The check of request bodies reports unknown fields and wrong types at any depth."""
    wrong = {"spec": {"replica": 1, "replicas": "4", "template": {"metadata": {"labels": {"a": 1}}}}}
    assert len(mistakes("V1Deployment", wrong)) == 3


async def test_a_deployment_is_read(actuator: KubernetesActuator) -> None:
    """The state uses only the Deployment's own ReplicaSets: revision 9 belongs to another one."""
    state = await actuator.state("payments")
    assert state == STATE
    with pytest.raises(NotFoundError):
        await actuator.state("nobody")


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_an_action_is_stamped_and_waits_for_its_rollout(
    actuator: KubernetesActuator, api: KubernetesApi, kind: ActionKind
) -> None:
    """An action carries the approval's id, and is done when every pod is new and available."""
    api.slow = 2
    receipt = await actuator.apply(action(kind), KEY, STATE)
    assert receipt.applied
    assert api.deployment["metadata"]["annotations"][APPROVAL] == KEY
    assert api.deployment["metadata"]["generation"] == 6
    pods = api.deployment["spec"]["template"]
    match kind:
        case ActionKind.RESTART:
            assert pods["metadata"]["annotations"] == {APPROVAL: KEY}
        case ActionKind.SCALE:
            assert api.deployment["spec"]["replicas"] == 4
        case ActionKind.ROLLBACK:
            assert pods["spec"]["containers"][0]["image"] == "payments:v2"
            assert pods["metadata"]["labels"] == {"app": "payments"}
    earlier = await actuator.find(action(kind), KEY)
    assert earlier is not None
    assert earlier.applied


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_the_same_key_again_changes_nothing(
    actuator: KubernetesActuator, api: KubernetesApi, kind: ActionKind
) -> None:
    """A second action with the same key starts no rollout."""
    for _ in range(2):
        await actuator.apply(action(kind), KEY, STATE)
    assert api.deployment["metadata"]["generation"] == 6


async def test_a_rollout_under_way_is_not_done(actuator: KubernetesActuator, api: KubernetesApi) -> None:
    """A lookup during the rollout is retried later; another key has no receipt."""
    api.slow = 100
    with pytest.raises(UnavailableError):
        await KubernetesActuator(actuator._cluster, timeout=0.5).apply(action(ActionKind.RESTART), KEY, STATE)
    with pytest.raises(UnavailableError):
        await actuator.find(action(ActionKind.RESTART), KEY)
    assert await actuator.find(action(ActionKind.RESTART), "another") is None


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_a_rehearsal_is_the_servers_own_dry_run(
    actuator: KubernetesActuator, api: KubernetesApi, kind: ActionKind
) -> None:
    """A rehearsal is a dry run on the server, and changes nothing."""
    before = dict(api.deployment)
    assert await actuator.rehearse(action(kind))
    assert [dry for _, _, dry in api.patches] == ["All"]
    assert api.deployment == before


async def test_what_the_server_refuses_is_refused(actuator: KubernetesActuator, api: KubernetesApi) -> None:
    """A refusal has the server's reason, and a missing revision is detected before any request."""
    with pytest.raises(RefusedError):
        await actuator.rehearse(action(ActionKind.ROLLBACK, revision=1))
    api.patch_status = 403
    with pytest.raises(RefusedError, match="quota exceeded"):
        await actuator.rehearse(action(ActionKind.SCALE))
    receipt = await actuator.apply(action(ActionKind.SCALE), KEY, STATE)
    assert not receipt.applied
    assert "quota exceeded" in receipt.detail


@pytest.mark.parametrize("status", [409, 429, 500, 503])
async def test_a_busy_server_is_retried_later(
    actuator: KubernetesActuator, api: KubernetesApi, status: int
) -> None:
    """An action on a busy server is UnavailableError, because its key makes a retry harmless."""
    api.status = status
    with pytest.raises(UnavailableError):
        await actuator.apply(action(ActionKind.SCALE), KEY, STATE)


def scaled_by_others(deployment: dict[str, Any]) -> None:
    deployment["spec"]["replicas"] = 9
    deployment["metadata"]["generation"] += 1


def recreated(deployment: dict[str, Any]) -> None:
    deployment["metadata"]["uid"] = "u-2"


def status_only(deployment: dict[str, Any]) -> None:
    deployment["status"]["conditions"] = []


@pytest.mark.parametrize("kind", list(ActionKind))
@pytest.mark.parametrize("change", [scaled_by_others, recreated])
async def test_ap11_a_deployment_that_changes_before_the_patch_is_left_alone(
    actuator: KubernetesActuator,
    api: KubernetesApi,
    kind: ActionKind,
    change: Callable[[dict[str, Any]], None],
) -> None:
    """A change between the comparison and the patch makes a receipt that asks for a new approval."""
    api.meanwhile = [change]
    receipt = await actuator.apply(action(kind), KEY, STATE)
    assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.CHANGED)
    assert APPROVAL not in api.deployment["metadata"]["annotations"]
    assert api.deployment["spec"]["template"] == template("v3")
    again = await actuator.apply(action(kind), KEY, STATE)
    assert again.refusal is Refusal.CHANGED


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_ap11_every_patch_names_the_version_that_was_compared(
    actuator: KubernetesActuator, api: KubernetesApi, kind: ActionKind
) -> None:
    """Each patch has the resourceVersion of the Deployment that was read, in the dry run as well."""
    await actuator.rehearse(action(kind))
    await actuator.apply(action(kind), KEY, STATE)
    versions = [
        [step["value"] for step in body if step["path"] == "/metadata/resourceVersion"]
        if isinstance(body, list)
        else [body["metadata"]["resourceVersion"]]
        for _, body, _ in api.patches
    ]
    assert versions == [["100"], ["100"]]


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_ap11_a_change_of_status_alone_is_patched_again(
    actuator: KubernetesActuator, api: KubernetesApi, kind: ActionKind
) -> None:
    """Another version in the approved state is compared and patched; with too many the activity retries."""
    api.meanwhile = [status_only] * 2
    assert (await actuator.apply(action(kind), KEY, STATE)).applied
    assert len({str(body) for _, body, _ in api.patches}) == 3
    api.meanwhile = [status_only] * 20
    state = await actuator.state("payments")
    with pytest.raises(UnavailableError):
        await actuator.apply(action(ActionKind.RESTART), "another", state)


async def test_a_cluster_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    """An unreachable cluster, or a missing configuration, is UnavailableError."""
    async with kubernetes_api(KubernetesApi(), tmp_path) as kubeconfig:
        pass
    for place in (kubeconfig, tmp_path / "nothing", None):
        actuator = KubernetesActuator(KubernetesCluster(namespace="shop", kubeconfig=place), timeout=5)
        with pytest.raises(UnavailableError):
            await actuator.state("payments")
