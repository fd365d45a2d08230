"""The part of a Kubernetes API server that Deployments need; bodies are checked against the models."""

import asyncio
import copy
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from kubernetes_asyncio.client import models

_PATH = "/apis/apps/v1/namespaces/shop"
_LIST = re.compile(r"list\[(.+)\]")
_MAP = re.compile(r"dict\(str, (.+)\)")
_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
}


def mistakes(kind: str, value: object, place: str = "") -> list[str]:
    """The differences of a JSON value from the model `kind` (V1Deployment, list[…], dict(str, …), str …)."""
    if match := _LIST.fullmatch(kind):
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [
            mistake for n, item in enumerate(value) for mistake in mistakes(match[1], item, f"{place}[{n}]")
        ]
    if match := _MAP.fullmatch(kind):
        if not isinstance(value, dict):
            return [f"{place} is no map"]
        return [
            mistake for name, item in value.items() for mistake in mistakes(match[1], item, f"{place}.{name}")
        ]
    if kind in _PRIMITIVES:
        right = isinstance(value, _PRIMITIVES[kind]) and not (kind == "int" and isinstance(value, bool))
        return [] if right else [f"{place} is no {kind}"]
    model = getattr(models, kind, None)
    if model is None:  # object, datetime
        return []
    if not isinstance(value, dict):
        return [f"{place} is no {kind}"]
    types = {wire: model.openapi_types[name] for name, wire in model.attribute_map.items()}
    unknown = [f"{place}.{name} is unknown to {kind}" for name in value if name not in types]
    inner = [
        mistake
        for name, item in value.items()
        if name in types and item is not None
        for mistake in mistakes(types[name], item, f"{place}.{name}")
    ]
    return unknown + inner


def template(version: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "payments", **labels}},
        "spec": {"containers": [{"name": "payments", "image": f"payments:{version}"}]},
    }


@dataclass
class KubernetesApi:
    """One Deployment with two revisions; a patch's rollout is complete after `slow` reads.

    `meanwhile` are changes by others, one before each patch. Every change is a new resourceVersion, and a
    patch that names an older one is a conflict.
    """

    slow: int = 1
    status: int = 0
    patch_status: int = 0
    patches: list[tuple[str, Any, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    meanwhile: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        owner = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": "payments",
            "uid": "u-1",
            "controller": True,
        }
        self.deployment: dict[str, Any] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": "payments",
                "uid": "u-1",
                "generation": 5,
                "resourceVersion": "100",
                "annotations": {"deployment.kubernetes.io/revision": "3"},
            },
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "payments"}},
                "template": template("v3"),
            },
            "status": {
                "observedGeneration": 5,
                "replicas": 2,
                "updatedReplicas": 2,
                "availableReplicas": 2,
            },
        }
        self.sets = [
            {
                "metadata": {
                    "name": f"payments-{revision}",
                    "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                    "ownerReferences": [owner | ({} if revision < 9 else {"uid": "somebody-else"})],
                },
                "spec": {
                    "selector": {"matchLabels": {"app": "payments"}},
                    "template": template(f"v{revision}", **{"pod-template-hash": f"h{revision}"}),
                },
            }
            for revision in (2, 3, 9)
        ]
        self._reads_left = 0

    async def read(self, request: web.Request) -> web.Response:
        if self.status:
            return web.json_response({"message": "no"}, status=self.status)
        if request.match_info["name"] != "payments":
            return web.json_response({"message": "not found"}, status=404)
        self._reads_left -= 1
        if self._reads_left <= 0:
            count, generation = self.deployment["spec"]["replicas"], self.deployment["metadata"]["generation"]
            self.deployment["status"] = {
                "observedGeneration": generation,
                "replicas": count,
                "updatedReplicas": count,
                "availableReplicas": count,
            }
        return web.json_response(self.deployment)

    async def patch(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.meanwhile:
            self.meanwhile.pop(0)(self.deployment)
            _new_version(self.deployment)
        after = copy.deepcopy(self.deployment)
        if request.content_type == "application/json-patch+json":
            for step in body:
                if not _stepped(after, step):
                    return web.json_response({"message": "the test failed"}, status=422)
        else:
            self.faults += mistakes("V1Deployment", body)
            _merge(after, body)
        self.faults += mistakes("V1Deployment", after)
        dry = request.query.get("dryRun", "")
        self.patches.append((request.content_type, body, dry))
        if status := self.patch_status or self.status:
            return web.json_response({"message": "quota exceeded"}, status=status)
        if after["metadata"]["resourceVersion"] != self.deployment["metadata"]["resourceVersion"]:
            return web.json_response({"message": "the object has been modified"}, status=409)
        if dry != "All":
            if after["spec"] != self.deployment["spec"]:
                after["metadata"]["generation"] += 1
            _new_version(after)
            self.deployment, self._reads_left = after, self.slow
        return web.json_response(after)

    async def list_sets(self, request: web.Request) -> web.Response:
        assert request.query["labelSelector"] == "app=payments"
        return web.json_response({"apiVersion": "apps/v1", "kind": "ReplicaSetList", "items": self.sets})


@asynccontextmanager
async def kubernetes_api(api: KubernetesApi, folder: Path) -> AsyncIterator[Path]:
    """Serves it on loopback, and yields a kubeconfig for it."""
    app = web.Application()
    app.router.add_get(_PATH + "/deployments/{name}", api.read)
    app.router.add_patch(_PATH + "/deployments/{name}", api.patch)
    app.router.add_get(_PATH + "/replicasets", api.list_sets)
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        await web.SockSite(runner, listener).start()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        }
        file = folder / "kubeconfig"
        await asyncio.to_thread(file.write_text, json.dumps(config))
        try:
            yield file
        finally:
            await runner.cleanup()


def _new_version(deployment: dict[str, Any]) -> None:
    metadata = deployment["metadata"]
    metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)


def _merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    for name, value in patch.items():
        if isinstance(value, dict):
            _merge(into.setdefault(name, {}), value)
        else:
            into[name] = value


def _stepped(document: dict[str, Any], step: dict[str, Any]) -> bool:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
    place = document
    for part in parents:
        place = place[part]
    if step["op"] == "test":
        return bool(place.get(last) == step["value"])
    place[last] = step["value"]
    return True
