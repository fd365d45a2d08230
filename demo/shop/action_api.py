import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from demo.shop.action_request import ActionRequest
from demo.shop.cluster import ShopCluster
from demo.shop.problems import problem
from demo.shop.receipts import KeyReusedError, Receipt, Receipts
from demo.shop.running_service import RefusedChangeError, RunningService
from demo.shop.signatures import SignatureError, verify

Change = Callable[[], Awaitable[None]]


class StateChangedError(Exception):
    """The service is not in the state that the caller expects; nothing was done."""


class ActionApi:
    """The receiver's side of the webhook contract in docs/actions.md: restart, scale and rollback."""

    def __init__(self, cluster: ShopCluster, receipts: Receipts, secret: bytes) -> None:
        self._cluster = cluster
        self._receipts = receipts
        self._secret = secret

    def register(self, app: web.Application) -> None:
        """Adds its routes."""
        app.router.add_get("/services/{service}", self._show_service)
        app.router.add_post("/actions", self._act)
        app.router.add_get("/actions/{key}", self._show_action)

    async def _show_service(self, request: web.Request) -> web.Response:
        await self._verified(request)
        return web.json_response(self._service(request.match_info["service"]).state())

    async def _show_action(self, request: web.Request) -> web.Response:
        await self._verified(request)
        key = request.match_info["key"]
        work = self._receipts.find(key)
        if work is None:
            raise problem(404, f"No action has the key {key!r}.")
        if not work.done():
            return web.json_response({"status": "running"}, status=202)
        return await _answer(work)

    async def _act(self, request: web.Request) -> web.Response:
        body = await self._verified(request)
        try:
            action = ActionRequest.from_json(body)
        except ValueError as error:
            raise problem(400, str(error)) from error
        service = self._service(action.service)
        if action.dry_run:
            return _rehearse(service, action)
        expected = request.headers.get("If-Match")
        return await _answer(self._receipts.once(action, lambda: self._perform(service, action, expected)))

    async def _perform(self, service: RunningService, action: ActionRequest, expected: str | None) -> Receipt:
        async with service.changing:
            started = time.time()
            before = service.state()
            if expected not in (None, f'"{before["generation"]}"'):
                raise StateChangedError(
                    f"{action.service} has changed: its generation is {before['generation']}."
                )
            change, text = _plan(service, action)
            self._receipts.note_effect(action)
            await change()
            after = service.state()
        states: Receipt = {"before": before, "after": after}
        self._cluster.annotations.add(
            "action", action.service, started, text, {"key": action.key, "action": action.kind} | states
        )
        return {"detail": text} | states

    async def _verified(self, request: web.Request) -> bytes:
        """The body of a call that is signed."""
        body = await request.read()
        try:
            content = body or f"{request.method} {request.raw_path}".encode()
            verify(self._secret, request.headers, content, time.time())
        except SignatureError as error:
            raise problem(401, str(error)) from error
        return body

    def _service(self, name: str) -> RunningService:
        service = self._cluster.services.get(name)
        if service is None:
            raise problem(404, f"There is no service {name!r}.")
        return service


async def _answer(work: Awaitable[Receipt]) -> web.Response:
    """The receipt: 409 where the service refused, 412 in another state, 500 where a change failed."""
    try:
        return web.json_response(await work)
    except KeyReusedError as error:
        raise problem(422, "This key was used for a different action.") from error
    except RefusedChangeError as error:
        raise problem(409, str(error)) from error
    except StateChangedError as error:
        raise problem(412, str(error)) from error
    except RuntimeError as error:
        raise problem(500, f"The change failed: {error}.") from error


def _rehearse(service: RunningService, action: ActionRequest) -> web.Response:
    """What would be done; 409 where it would be refused."""
    try:
        _, text = _plan(service, action)
    except RefusedChangeError as error:
        raise problem(409, str(error)) from error
    return web.json_response({"would": f"The shop would do it: {text}."})


def _plan(service: RunningService, action: ActionRequest) -> tuple[Change, str]:
    """The change and its sentence; RefusedChangeError before anything happens."""
    name, value = service.design.name, action.value
    if action.kind == "restart":
        return service.replace, f"{name} restarted"
    if action.kind == "scale":
        present = len(service.replicas)
        if value == present:
            raise RefusedChangeError(f"{name} already runs {value} replicas.")
        return lambda: service.scale(value), f"{name} scaled from {present} to {value} replicas"
    target = service.revision(value)
    return lambda: service.replace(target), f"{name} rolled back to {target.version} (revision {value})"
