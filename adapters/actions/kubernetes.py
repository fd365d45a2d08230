"""Deployments of one namespace. Contract only: no cluster was run, requests are held against the models."""

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
from missions.proposal import Action, Receipt, TargetState

APPROVAL = "ops-agent/approval"
"""The annotation that stamps a Deployment, and the pods of a restart, with the approval's id."""

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_MANAGER = "ops-agent"
_MERGE = "application/strategic-merge-patch+json"
_JSON = "application/json-patch+json"
_BUSY = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
_POLL_S = 1.0
_DETAIL = 300


class KubernetesActuator:
    """Restart, scale and rollback of Deployments, once for a key: it is an annotation of what it changed."""

    repeatable = True

    def __init__(self, cluster: KubernetesCluster, timeout: float) -> None:
        self._cluster = cluster
        self._timeout = timeout

    async def state(self, service: str) -> TargetState:
        """The Deployment of this name. Raises NotFoundError and UnavailableError."""
        async with self._client() as client:
            found = await AppsV1Api(client).read_namespaced_deployment(service, self._cluster.namespace)
            sets = await self._revisions(client, found)
        revision = _revision(found)
        earlier = [one for one in sets if revision is not None and one < revision]
        return TargetState(
            service=service,
            generation=found.metadata.generation,
            replicas=found.spec.replicas,
            revision=revision,
            version=", ".join(one.image for one in found.spec.template.spec.containers),
            previous_revision=max(earlier, default=None),
            facts={"uid": found.metadata.uid},
        )

    async def rehearse(self, action: Action) -> str:
        """The API server's own dry run. Raises RefusedError with its reason."""
        async with self._client() as client:
            await self._patch(client, action, "dry-run", dry_run="All")
        return f"The API server accepts it (dry run): {action.words}."

    async def apply(self, action: Action, key: str) -> Receipt:
        """Patches once, and returns when the rollout is complete. Raises UnavailableError until then."""
        try:
            async with self._client() as client:
                await self._patch(client, action, key, dry_run=None)
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._rolled_out(action, key)
        except TimeoutError as error:  # `find` goes on from there
            raise UnavailableError(f"The rollout of {action.service} is not complete yet.") from error

    async def find(self, action: Action, key: str) -> Receipt | None:
        """Whether the Deployment bears the key. Raises UnavailableError while its rollout goes on."""
        async with self._client() as client:
            found = await AppsV1Api(client).read_namespaced_deployment(
                action.service, self._cluster.namespace
            )
        if (found.metadata.annotations or {}).get(APPROVAL) != key:
            return None
        if not _complete(found):
            raise UnavailableError(f"The rollout of {action.service} is not complete.")
        return _receipt(action, key, found)

    async def close(self) -> None:
        """Nothing stays open between calls."""

    async def _rolled_out(self, action: Action, key: str) -> Receipt:
        while True:
            async with self._client() as client:
                found = await AppsV1Api(client).read_namespaced_deployment(
                    action.service, self._cluster.namespace
                )
            if _complete(found):
                return _receipt(action, key, found)
            await asyncio.sleep(_POLL_S)

    async def _patch(self, client: ApiClient, action: Action, key: str, dry_run: str | None) -> None:
        body: dict[str, Any] | list[dict[str, Any]]
        stamp = {"annotations": {APPROVAL: key}}
        match action.kind:
            case ActionKind.RESTART:
                # Not the time, as kubectl has it: the same key again must be the same pods.
                body = {"metadata": stamp, "spec": {"template": {"metadata": stamp}}}
            case ActionKind.SCALE:
                body = {"metadata": stamp, "spec": {"replicas": action.params["replicas"]}}
            case ActionKind.ROLLBACK:
                body = await self._template_of(client, action, key)
        options: dict[str, Any] = {"field_manager": _MANAGER, "_content_type": _MERGE}
        if isinstance(body, list):
            options["_content_type"] = _JSON
        if dry_run is not None:
            options["dry_run"] = dry_run
        await AppsV1Api(client).patch_namespaced_deployment(
            action.service, self._cluster.namespace, body, **options
        )

    async def _template_of(self, client: ApiClient, action: Action, key: str) -> list[dict[str, Any]]:
        """Replaces the pod template by that of the revision, all of it, as a rollout undo does."""
        found = await AppsV1Api(client).read_namespaced_deployment(action.service, self._cluster.namespace)
        sets = await self._revisions(client, found)
        wanted = action.params["revision"]
        if wanted not in sets:
            raise RefusedError(f"{action.service} has no revision {wanted} any more.")
        template = client.sanitize_for_serialization(sets[int(str(wanted))].spec.template)
        template["metadata"].get("labels", {}).pop(_HASH, None)
        return [
            {"op": "test", "path": "/metadata/uid", "value": found.metadata.uid},
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "add", "path": f"/metadata/annotations/{APPROVAL.replace('/', '~1')}", "value": key},
        ]

    async def _revisions(self, client: ApiClient, deployment: Any) -> dict[int, Any]:  # noqa: ANN401  generated models
        """The Deployment's ReplicaSets by their revision."""
        labels = deployment.spec.selector.match_labels or {}
        selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
        sets = await AppsV1Api(client).list_namespaced_replica_set(
            self._cluster.namespace, label_selector=selector
        )
        owned = [
            one
            for one in sets.items
            if any(owner.uid == deployment.metadata.uid for owner in one.metadata.owner_references or [])
        ]
        return {number: one for one in owned if (number := _revision(one)) is not None}

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[ApiClient]:
        """A client with a deadline; the API's errors in the product's words."""
        try:
            settings = Configuration()
            if self._cluster.kubeconfig is None:
                # The library types its other loaders, not this one.
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
            raise _told(error) from error
        except (config.ConfigException, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnavailableError(f"The cluster does not answer ({type(error).__name__}).") from error


def _told(error: ApiException) -> NotFoundError | RefusedError | UnavailableError:
    reason = f"HTTP {error.status}: {' '.join(str(error.body or error.reason).split())}"[:_DETAIL]
    if error.status == HTTPStatus.NOT_FOUND:
        return NotFoundError("The cluster has no such Deployment.")
    if error.status in _BUSY or not error.status or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(reason)
    return RefusedError(reason)


def _revision(found: Any) -> int | None:  # noqa: ANN401  generated models
    text = (found.metadata.annotations or {}).get(_REVISION, "")
    return int(text) if text.isdecimal() else None


def _complete(found: Any) -> bool:  # noqa: ANN401  generated models
    """As `kubectl rollout status` has it: seen, all pods new, none old, all available."""
    status, wanted = found.status, found.spec.replicas
    return bool(
        (status.observed_generation or 0) >= found.metadata.generation
        and (status.updated_replicas or 0) == wanted
        and (status.replicas or 0) == wanted
        and (status.available_replicas or 0) == wanted
    )


def _receipt(action: Action, key: str, found: Any) -> Receipt:  # noqa: ANN401  generated models
    after = {
        "generation": found.metadata.generation,
        "replicas": found.spec.replicas,
        "revision": _revision(found),
    }
    return Receipt(key=key, applied=True, detail=f"{action.words}: the rollout is complete.", after=after)
