"""The webhook actuator with a receiver that gives scripted responses; see also its contract suite."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from adapters.actions.webhook import WebhookActuator
from missions.errors import NotFoundError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, Refusal, Scalar, TargetState

STATE = {
    "service": "payments", "replicas": 2, "revision": 3, "version": "v1.4.2",
    "startedAt": "2026-03-01T12:00:00Z", "previousRevision": 2, "generation": 7,
}  # fmt: skip
EXPECTED = TargetState.model_validate(STATE)
RECEIPT = {"detail": "payments rolled back", "before": {"revision": 3}, "after": {"revision": 2}}


@dataclass
class Receiver:
    """An idempotent target: `status` is its response to an action, `finds` its response to a key."""

    port: int = 0
    status: int = 200
    finds: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    hangs: bool = False

    async def show(self, request: web.Request) -> web.Response:
        if self.status >= 500:
            return web.json_response({"error": "down"}, status=self.status)
        if request.match_info["service"] != "payments":
            return web.json_response({"error": "There is no such service."}, status=404)
        return web.json_response(STATE)

    async def act(self, request: web.Request) -> web.Response:
        self.posts.append((request.headers["Idempotency-Key"], json.loads(await request.read())))
        self.conditions.append(request.headers.get("If-Match", ""))
        if self.hangs:
            await asyncio.Event().wait()
        if self.status != 200:
            body = {"error": "payments already runs 2 replicas."}
            return web.json_response(body, status=self.status, headers={"Location": "/elsewhere"})
        return web.json_response(RECEIPT)

    async def find(self, request: web.Request) -> web.Response:
        status, body = self.finds.get(request.match_info["key"], (404, {}))
        return web.json_response(body, status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    served = Receiver()
    app = web.Application()
    app.router.add_get("/services/{service}", served.show)
    app.router.add_post("/actions", served.act)
    app.router.add_get("/actions/{key}", served.find)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[WebhookActuator]:
    url = f"http://127.0.0.1:{receiver.port}/"
    actuator = WebhookActuator(url, b"a secret of more than 24 bytes", idempotent=True, timeout=1.0)
    yield actuator
    await actuator.close()


def action(kind: ActionKind = ActionKind.RESTART, **params: Scalar) -> Action:
    return Action(kind=kind, service="payments", environment="demo", actuator="hook", params=params)


async def test_state_is_what_the_target_says(webhook: WebhookActuator) -> None:
    """Unknown fields of a state are ignored; an unknown service is NotFoundError."""
    state = await webhook.state("payments")
    assert (state.service, state.generation, state.replicas, state.revision) == ("payments", 7, 2, 3)
    assert (state.version, state.previous_revision) == ("v1.4.2", 2)
    with pytest.raises(NotFoundError):
        await webhook.state("../payments")


async def test_an_action_is_sent_with_its_key_and_parameters(
    webhook: WebhookActuator, receiver: Receiver
) -> None:
    """The request has the contract's body, and the receipt has the target's message and states."""
    receipt = await webhook.apply(action(ActionKind.ROLLBACK, revision=2), "k", EXPECTED)
    body = {
        "key": "k",
        "kind": "rollback",
        "service": "payments",
        "environment": "demo",
        "params": {"revision": 2},
        "dryRun": False,
    }
    assert receiver.posts == [("k", body)]
    assert (receipt.key, receipt.applied, receipt.detail) == ("k", True, "payments rolled back")
    assert (receipt.before, receipt.after) == ({"revision": 3}, {"revision": 2})


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
async def test_a_refusal_is_a_receipt(webhook: WebhookActuator, receiver: Receiver, status: int) -> None:
    """A refused action was certainly not applied, and the detail has the target's reason."""
    receiver.status = status
    receipt = await webhook.apply(action(ActionKind.SCALE, replicas=2), "k", EXPECTED)
    assert (receipt.applied, receipt.certain, receipt.key) == (False, True, "k")
    assert receipt.detail == f"HTTP {status}: payments already runs 2 replicas."


async def test_ap11_a_webhook_gets_the_approved_generation(
    webhook: WebhookActuator, receiver: Receiver
) -> None:
    """An action has the approved generation as `If-Match`, a dry run has none; 412 needs a new approval."""
    for generation in (7, "3/2", 'ä"'):
        expected = EXPECTED.model_copy(update={"generation": generation})
        await webhook.apply(action(), "k", expected)
    with pytest.raises(UnavailableError):  # this receiver answers a dry run with a receipt
        await webhook.rehearse(action())
    assert receiver.conditions == ['"7"', '"3/2"', '"%C3%A4%22"', ""]
    receiver.status = 412
    receipt = await webhook.apply(action(), "k", EXPECTED)
    assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.CHANGED)


@pytest.mark.parametrize("status", [409, 412])
async def test_a_conflict_with_the_same_key_is_no_refusal(
    webhook: WebhookActuator, receiver: Receiver, status: int
) -> None:
    """After a conflict the outcome of the earlier attempt counts; an unfinished one is UnavailableError.

    A target that compares the state before the key answers 412 to the second of two equal requests.
    """
    receiver.status = status
    receiver.finds = {"done": (200, RECEIPT), "busy": (202, {}), "failed": (500, {"error": "half-way"})}
    assert (await webhook.apply(action(), "done", EXPECTED)).applied
    for key in ("busy", "failed"):
        with pytest.raises(UnavailableError):
            await webhook.apply(action(), key, EXPECTED)
        with pytest.raises(UnavailableError):
            await webhook.find(action(), key)


@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 503])
async def test_unclear_answers_are_unavailable(
    webhook: WebhookActuator, receiver: Receiver, status: int
) -> None:
    """A response that neither confirms nor refuses the action is UnavailableError."""
    receiver.status = status
    with pytest.raises(UnavailableError):
        await webhook.apply(action(), "k", EXPECTED)


async def test_silence_and_another_shape_are_unavailable(
    webhook: WebhookActuator, receiver: Receiver
) -> None:
    """A timeout and a response of another shape are UnavailableError."""
    receiver.hangs = True
    with pytest.raises(UnavailableError, match="Timeout"):
        await webhook.apply(action(), "k", EXPECTED)
    receiver.finds["odd"] = (200, {"before": 1})
    with pytest.raises(UnavailableError, match="another shape"):
        await webhook.find(action(), "odd")
