"""The actuator against a small real server with the demo shop's action API."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from adapters.actions.shop import ShopActuator
from missions.errors import InvalidError, NotFoundError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, Scalar

STATE = {
    "service": "payments", "replicas": 2, "revision": 3, "version": "v1.4.2",
    "startedAt": "2026-03-01T12:00:00Z", "previousRevision": 2, "generation": 7,
}  # fmt: skip
RECEIPT = {
    "service": "payments", "action": "rollback", "before": {"revision": 3}, "after": {"revision": 2},
    "startedAt": "2026-03-01T12:00:00Z", "finishedAt": "2026-03-01T12:00:01Z",
}  # fmt: skip


@dataclass
class Api:
    port: int = 0
    status: int = 200
    reason: str = "payments already runs 2 replicas."
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[tuple[str, Any, str, str]] = field(default_factory=list)
    hangs: bool = False

    async def show(self, request: web.Request) -> web.Response:
        if self.status >= 500:
            return web.json_response({"error": "down"}, status=self.status)
        if request.match_info["service"] != "payments":
            return web.json_response({"error": "There is no such service."}, status=404)
        return web.json_response(STATE)

    async def act(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        self.posts.append((request.path, await request.json(), key, request.headers["Authorization"]))
        if self.hangs:
            await asyncio.Event().wait()
        if self.status != 200:
            return web.json_response({"error": self.reason}, status=self.status)
        self.receipts.setdefault(key, {"key": key, **RECEIPT})
        return web.json_response(self.receipts[key])

    async def find(self, request: web.Request) -> web.Response:
        found = self.receipts.get(request.match_info["key"])
        if found is None:
            return web.json_response({"error": "No such key."}, status=404)
        return web.json_response({"status": "applied", **found})


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    served = Api()
    app = web.Application()
    app.router.add_get("/ops/services/{service}", served.show)
    app.router.add_post("/ops/services/{service}/{action}", served.act)
    app.router.add_get("/ops/actions/{key}", served.find)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@pytest.fixture
async def shop(api: Api) -> AsyncIterator[ShopActuator]:
    actuator = ShopActuator(f"http://127.0.0.1:{api.port}/", "token-1", timeout=1.0)
    yield actuator
    await actuator.close()


def action(kind: ActionKind, service: str = "payments", **params: Scalar) -> Action:
    return Action(kind=kind, service=service, environment="demo", actuator="shop", params=params)


async def test_state_is_what_the_shop_says(shop: ShopActuator) -> None:
    """Revision, replicas, version and generation; an unknown service is NotFoundError."""
    state = await shop.state("payments")
    assert (state.service, state.generation, state.replicas, state.revision) == ("payments", 7, 2, 3)
    assert (state.version, state.previous_revision) == ("v1.4.2", 2)
    with pytest.raises(NotFoundError):
        await shop.state("../payments")


async def test_actions_are_sent_once_with_key_and_token(shop: ShopActuator, api: Api) -> None:
    """Each verb has its path and its one absolute parameter; other parameters do not travel."""
    await shop.apply(action(ActionKind.RESTART, extra=1), "k1")
    await shop.apply(action(ActionKind.SCALE, replicas=3), "k2")
    receipt = await shop.apply(action(ActionKind.ROLLBACK, revision=2), "k3")
    bearer = "Bearer token-1"
    assert api.posts == [
        ("/ops/services/payments/restart", {}, "k1", bearer),
        ("/ops/services/payments/scale", {"replicas": 3}, "k2", bearer),
        ("/ops/services/payments/rollback", {"revision": 2}, "k3", bearer),
    ]
    assert (receipt.key, receipt.applied) == ("k3", True)
    assert (receipt.before, receipt.after) == ({"revision": 3}, {"revision": 2})
    assert await shop.find(action(ActionKind.RESTART), "k3") == receipt
    assert await shop.find(action(ActionKind.RESTART), "k4") is None


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
async def test_a_refusal_is_a_receipt(shop: ShopActuator, api: Api, status: int) -> None:
    """Refused is known not to be done: applied is False, and the detail gives the shop's reason."""
    api.status = status
    receipt = await shop.apply(action(ActionKind.SCALE, replicas=2), "k")
    assert (receipt.applied, receipt.key) == (False, "k")
    assert receipt.detail == f"HTTP {status}: payments already runs 2 replicas."


async def test_a_conflict_with_ones_own_key_is_no_refusal(shop: ShopActuator, api: Api) -> None:
    """What an earlier attempt did under this key counts; what it still does is not known yet."""
    api.status = 409
    api.receipts["done"] = {"key": "done", **RECEIPT}
    assert (await shop.apply(action(ActionKind.ROLLBACK, revision=2), "done")).applied
    api.receipts["busy"] = {"key": "busy", **RECEIPT, "status": "running"}
    with pytest.raises(UnavailableError, match="is running"):
        await shop.apply(action(ActionKind.ROLLBACK, revision=2), "busy")
    with pytest.raises(UnavailableError, match="is running"):
        await shop.find(action(ActionKind.RESTART), "busy")


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
async def test_unclear_answers_are_unavailable(shop: ShopActuator, api: Api, status: int) -> None:
    """Neither done nor refused: UnavailableError, and `find` tells later."""
    api.status = status
    with pytest.raises(UnavailableError):
        await shop.apply(action(ActionKind.RESTART), "k")


async def test_silence_is_unavailable(shop: ShopActuator, api: Api) -> None:
    """A timeout, a refused connection and another shape do not say what was done."""
    api.hangs = True
    with pytest.raises(UnavailableError, match="ReadTimeout"):
        await shop.apply(action(ActionKind.RESTART), "k")
    api.receipts["odd"] = {"surprise": 1}
    with pytest.raises(UnavailableError, match="another shape"):
        await shop.find(action(ActionKind.RESTART), "odd")
    away = ShopActuator("http://127.0.0.1:1", "t")
    with pytest.raises(UnavailableError, match="ConnectError"):
        await away.state("payments")
    await away.close()


@pytest.mark.parametrize("params", [{}, {"replicas": "3"}, {"replicas": True}, {"replicas": 1.5}])
async def test_a_wrong_parameter_is_never_sent(
    shop: ShopActuator, api: Api, params: dict[str, Scalar]
) -> None:
    """Only a whole number is a number of replicas."""
    with pytest.raises(InvalidError):
        await shop.apply(action(ActionKind.SCALE).model_copy(update={"params": params}), "k")
    assert api.posts == []
