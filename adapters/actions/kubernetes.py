"""Deployments of one namespace. Tested against the API's models only, not against a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from kubernetes_asyncio import config
from kubernetes_asyncio.client import ApiClient, ApiException, AppsV1Api, Configuration

from adapters.actions.configuration import KubernetesCluster
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, Receipt, Refusal, TargetState

APPROVAL = "ops-agent/approval"
"""The annotation of a Deployment, and of the pods of a restart, that holds the approval's id."""

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_MANAGER = "ops-agent"
_MERGE_PATCH = "application/strategic-merge-patch+json"
_JSON_PATCH = "application/json-patch+json"
_RETRYABLE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
_POLL_S = 1.0
_VERSIONS = 5  # of a Deployment that are compared and patched, before the retry of the activity
_DETAIL_LENGTH = 300


class KubernetesActuator:
    """Restarts, scales and rolls back Deployments, once per key: an annotation of the Deployment holds it."""

    repeatable = True

    def __init__(self, cluster: KubernetesCluster, timeout: float) -> None:
        self._cluster = cluster
        self._timeout = timeout

    async def state(self, service: str) -> TargetState:
        """The Deployment of this name. Raises NotFoundError and UnavailableError."""
        async with self._client() as client:
            deployment = await self._deployment(client, service)
            return _state(deployment, await self._revisions(client, deployment))

    async def rehearse(self, action: Action) -> str:
        """The API server's own dry run. Raises RefusedError with its reason."""
        async with self._client() as client:
            deployment = await self._deployment(client, action.service)
            await self._patch(client, action, "dry-run", deployment, dry_run="All")
        return f"The API server accepts it (dry run): {action.words}."

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:
        """Patches once, and returns when the rollout is complete. Raises UnavailableError until then."""
        try:
            async with self._client() as client:
                refusal = await self._patch_expected(client, action, key, expected)
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        if refusal is not None:
            return refusal
        try:
            async with asyncio.timeout(self._timeout):
                return await self._rolled_out(action, key)
        except TimeoutError as error:  # a retry calls `find` first
            raise UnavailableError(f"The rollout of {action.service} is not complete yet.") from error

    async def find(self, action: Action, key: str) -> Receipt | None:
        """The receipt if the Deployment has the key. Raises UnavailableError during its rollout."""
        async with self._client() as client:
            deployment = await self._deployment(client, action.service)
        if not _has_key(deployment, key):
            return None
        if not _complete(deployment):
            raise UnavailableError(f"The rollout of {action.service} is not complete.")
        return _receipt(action, key, deployment)

    async def close(self) -> None:
        """Does nothing: no connection stays open between calls."""

    async def _rolled_out(self, action: Action, key: str) -> Receipt:
        while True:
            async with self._client() as client:
                deployment = await self._deployment(client, action.service)
            if _complete(deployment):
                return _receipt(action, key, deployment)
            await asyncio.sleep(_POLL_S)

    async def _patch_expected(
        self, client: ApiClient, action: Action, key: str, expected: TargetState
    ) -> Receipt | None:
        """Patches exactly the version of the Deployment that was compared with `expected`.

        None if it has the key then, else the receipt of a refusal: the Deployment is in another state. A
        change of its status alone is another version in the same state: it is compared and patched again.
        """
        for _ in range(_VERSIONS):
            deployment = await self._deployment(client, action.service)
            if _has_key(deployment, key):
                return None
            if _state(deployment, await self._revisions(client, deployment)) != expected:
                detail = f"{action.service} has changed since the approval was requested."
                return Receipt(key=key, applied=False, refusal=Refusal.CHANGED, detail=detail)
            try:
                await self._patch(client, action, key, deployment, dry_run=None)
            except ApiException as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
            else:
                return None
        raise UnavailableError(f"{action.service} changes faster than it can be patched.")

    async def _patch(
        self,
        client: ApiClient,
        action: Action,
        key: str,
        deployment: Any,  # noqa: ANN401  generated models
        dry_run: str | None,
    ) -> None:
        """Patches this version of the Deployment only. ApiException 409 if there is a newer one."""
        body: dict[str, Any] | list[dict[str, Any]]
        stamp = {"annotations": {APPROVAL: key}}
        versioned = stamp | {"resourceVersion": deployment.metadata.resource_version}
        match action.kind:
            case ActionKind.RESTART:
                # Not the time, as with kubectl: the same key must not restart the pods again.
                body = {"metadata": versioned, "spec": {"template": {"metadata": stamp}}}
            case ActionKind.SCALE:
                body = {"metadata": versioned, "spec": {"replicas": action.params["replicas"]}}
            case ActionKind.ROLLBACK:
                body = await self._template_of(client, action, key, deployment)
        options: dict[str, Any] = {"field_manager": _MANAGER, "_content_type": _MERGE_PATCH}
        if isinstance(body, list):
            options["_content_type"] = _JSON_PATCH
        if dry_run is not None:
            options["dry_run"] = dry_run
        await AppsV1Api(client).patch_namespaced_deployment(
            action.service, self._cluster.namespace, body, **options
        )

    async def _template_of(
        self,
        client: ApiClient,
        action: Action,
        key: str,
        deployment: Any,  # noqa: ANN401  generated models
    ) -> list[dict[str, Any]]:
        """A patch that replaces the pod template by the revision's, as `kubectl rollout undo` does."""
        replica_sets = await self._revisions(client, deployment)
        wanted = action.params["revision"]
        if wanted not in replica_sets:
            raise RefusedError(f"{action.service} has no revision {wanted} any more.")
        template = client.sanitize_for_serialization(replica_sets[int(str(wanted))].spec.template)
        template["metadata"].get("labels", {}).pop(_HASH, None)
        version = deployment.metadata.resource_version
        return [
            # Replaced, not tested: an older version is then a conflict, as it is with a merge patch.
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "add", "path": f"/metadata/annotations/{APPROVAL.replace('/', '~1')}", "value": key},
        ]

    async def _deployment(self, client: ApiClient, service: str) -> Any:  # noqa: ANN401  generated models
        return await AppsV1Api(client).read_namespaced_deployment(service, self._cluster.namespace)

    async def _revisions(self, client: ApiClient, deployment: Any) -> dict[int, Any]:  # noqa: ANN401  generated models
        """The Deployment's ReplicaSets by their revision."""
        labels = deployment.spec.selector.match_labels or {}
        selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
        replica_sets = await AppsV1Api(client).list_namespaced_replica_set(
            self._cluster.namespace, label_selector=selector
        )
        owned = [
            replica_set
            for replica_set in replica_sets.items
            if any(
                owner.uid == deployment.metadata.uid for owner in replica_set.metadata.owner_references or []
            )
        ]
        return {
            number: replica_set for replica_set in owned if (number := _revision(replica_set)) is not None
        }

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[ApiClient]:
        """A client with a deadline. Raises NotFoundError, RefusedError and UnavailableError."""
        try:
            settings = Configuration()
            if self._cluster.kubeconfig is None:
                # Unlike the library's other loaders, this one has no types.
                config.load_incluster_config(client_configuration=settings)  # type: ignore[no-untyped-call]
            else:
                await config.load_kube_config(
                    str(self._cluster.kubeconfig),
                    context=self._cluster.context,
                    client_configuration=settings,
                    persist_config=False,
                )
            async with asyncio.timeout(self._timeout), ApiClient(settings) as client:
                yield client
        except ApiException as error:
            raise _translated(error) from error
        except (config.ConfigException, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnavailableError(f"The cluster does not answer ({type(error).__name__}).") from error


def _translated(error: ApiException) -> NotFoundError | RefusedError | UnavailableError:
    reason = f"HTTP {error.status}: {' '.join(str(error.body or error.reason).split())}"[:_DETAIL_LENGTH]
    if error.status == HTTPStatus.NOT_FOUND:
        return NotFoundError("The cluster has no such Deployment.")
    if error.status in _RETRYABLE or not error.status or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(reason)
    return RefusedError(reason)


def _state(deployment: Any, replica_sets: dict[int, Any]) -> TargetState:  # noqa: ANN401  generated models
    revision = _revision(deployment)
    earlier = [number for number in replica_sets if revision is not None and number < revision]
    return TargetState(
        service=deployment.metadata.name,
        generation=deployment.metadata.generation,
        replicas=deployment.spec.replicas,
        revision=revision,
        version=", ".join(container.image for container in deployment.spec.template.spec.containers),
        previous_revision=max(earlier, default=None),
        facts={"uid": deployment.metadata.uid},
    )


def _has_key(deployment: Any, key: str) -> bool:  # noqa: ANN401  generated models
    return bool((deployment.metadata.annotations or {}).get(APPROVAL) == key)


def _revision(deployment: Any) -> int | None:  # noqa: ANN401  generated models
    text = (deployment.metadata.annotations or {}).get(_REVISION, "")
    return int(text) if text.isdecimal() else None


def _complete(deployment: Any) -> bool:  # noqa: ANN401  generated models
    """As in `kubectl rollout status`: observed, all pods new, none old, all available."""
    status, wanted = deployment.status, deployment.spec.replicas
    return bool(
        (status.observed_generation or 0) >= deployment.metadata.generation
        and (status.updated_replicas or 0) == wanted
        and (status.replicas or 0) == wanted
        and (status.available_replicas or 0) == wanted
    )


def _receipt(action: Action, key: str, deployment: Any) -> Receipt:  # noqa: ANN401  generated models
    after = {
        "generation": deployment.metadata.generation,
        "replicas": deployment.spec.replicas,
        "revision": _revision(deployment),
    }
    return Receipt(key=key, applied=True, detail=f"{action.words}: the rollout is complete.", after=after)
