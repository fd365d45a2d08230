import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from demo.shop.clock import iso
from demo.shop.cluster import ShopCluster
from demo.shop.problems import problem
from demo.shop.receipts import KeyReusedError, Receipt, Receipts
from demo.shop.running_service import RefusedChangeError, RunningService

LEAST_REPLICAS: Final = 1
MOST_REPLICAS: Final = 5
LONGEST_KEY: Final = 200

Change = Callable[[], Awaitable[None]]


class ActionApi:
    """Restart, scale and rollback, each done once per idempotency key."""

    def __init__(self, cluster: ShopCluster, receipts: Receipts, token: str) -> None:
        self._cluster = cluster
        self._receipts = receipts
        self._token = token.encode()

    def register(self, app: web.Application) -> None:
        """Adds its routes."""
        app.router.add_get("/ops/services/{service}", self._show_service)
        app.router.add_get("/ops/actions/{key}", self._show_action)
        app.router.add_post("/ops/services/{service}/{action:restart|scale|rollback}", self._act)

    async def _show_service(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return web.json_response(self._service(request).state())

    async def _show_action(self, request: web.Request) -> web.Response:
        self._authorize(request)
        key = request.match_info["key"]
        receipt = self._receipts.find(key)
        if receipt is None:
            raise problem(404, f"No action has the key {key!r}.")
        return web.json_response(receipt)

    async def _act(self, request: web.Request) -> web.Response:
        self._authorize(request)
        if request.query.get("dryRun") == "true":
            return await self._rehearse(request)
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= LONGEST_KEY:
            raise problem(400, f"The header Idempotency-Key is required, {LONGEST_KEY} characters at most.")
        service = self._service(request)
        action = request.match_info["action"]
        number = await _argument(request, action)

        async def work() -> Receipt:
            return await self._perform(key, service, action, number)

        asked = {"service": service.design.name, "action": action, "argument": number}
        try:
            receipt = await self._receipts.once(key, asked, work)
        except KeyReusedError as error:
            raise problem(422, "This idempotency key was used for a different request.") from error
        except RefusedChangeError as error:
            raise problem(409, str(error)) from error
        except RuntimeError as error:
            raise problem(500, f"The change failed: {error}.") from error
        return web.json_response(receipt)

    async def _rehearse(self, request: web.Request) -> web.Response:
        """What would be done, in the words of the annotation; 409 where it would be refused."""
        service, action = self._service(request), request.match_info["action"]
        try:
            _, text = _plan(service, action, await _argument(request, action))
        except RefusedChangeError as error:
            raise problem(409, str(error)) from error
        return web.json_response({"would": text})

    async def _perform(self, key: str, service: RunningService, action: str, number: int) -> Receipt:
        name = service.design.name
        async with service.changing:
            started = time.time()
            before = service.state()
            change, text = _plan(service, action, number)
            self._receipts.note_effect(key, name, action)
            await change()
            after = service.state()
        self._cluster.annotations.add(
            "action", name, started, text, {"key": key, "action": action, "before": before, "after": after}
        )
        return {
            "before": before,
            "after": after,
            "startedAt": iso(started),
            "finishedAt": iso(time.time()),
        }

    def _authorize(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.encode(errors="surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._token):
            raise problem(401, "A valid bearer token is required.")

    def _service(self, request: web.Request) -> RunningService:
        name = request.match_info["service"]
        service = self._cluster.services.get(name)
        if service is None:
            raise problem(404, f"There is no service {name!r}.")
        return service


def _plan(service: RunningService, action: str, number: int) -> tuple[Change, str]:
    """The change and its sentence; RefusedChangeError before anything happens."""
    name = service.design.name
    if action == "restart":
        return service.replace, f"{name} restarted"
    if action == "scale":
        present = len(service.replicas)
        if number == present:
            raise RefusedChangeError(f"{name} already runs {number} replicas.")
        return lambda: service.scale(number), f"{name} scaled from {present} to {number} replicas"
    target = service.revision(number)
    return lambda: service.replace(target), f"{name} rolled back to {target.version} (revision {number})"


async def _argument(request: web.Request, action: str) -> int:
    """The one number of the body; 0 for a restart, which has none."""
    try:
        body = json.loads(await request.text() or "{}")
    except (ValueError, UnicodeDecodeError, asyncio.IncompleteReadError) as error:
        raise problem(400, "The body is not JSON.") from error
    wanted = {"restart": None, "scale": "replicas", "rollback": "revision"}[action]
    if not isinstance(body, dict) or set(body) != ({wanted} if wanted else set()):
        raise problem(400, f'The body has the one field "{wanted}".' if wanted else "The body is {}.")
    if wanted is None:
        return 0
    number = body[wanted]
    if not isinstance(number, int) or isinstance(number, bool):
        raise problem(400, f"{wanted} is not a whole number.")
    if action == "scale" and not LEAST_REPLICAS <= number <= MOST_REPLICAS:
        raise problem(400, f"replicas is {LEAST_REPLICAS} to {MOST_REPLICAS}.")
    return number
