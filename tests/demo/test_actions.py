import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from adapters.actions.webhook import WebhookActuator
from missions.errors import NotFoundError, RefusedError
from missions.plan import ActionKind
from missions.proposal import Action, Refusal

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


async def test_only_a_signed_call_opens_the_action_api(healthy: "Lab") -> None:
    """A call without a valid signature gets 401 on every route and has no effect."""
    body = json.dumps(
        {
            "key": "intruder",
            "kind": "restart",
            "service": "web",
            "environment": "demo",
            "params": {},
            "dryRun": False,
        }
    ).encode()
    for headers in (
        {"webhook-signature": ""},
        {"webhook-signature": "v1,bm90IHRoZSBzaWduYXR1cmU="},
        {"webhook-id": "another"},
        {"webhook-timestamp": "1"},
    ):
        for method, path, content in (
            ("GET", "/services/web", b""),
            ("GET", "/actions/intruder", b""),
            ("POST", "/actions", body),
        ):
            status, answer = await healthy.call(method, path, content, **headers)
            assert (status, list(answer)) == (401, ["error"]), (headers, path)
    assert healthy.effects("intruder") == 0


async def test_the_webhook_actuator_speaks_with_the_shop(healthy: "Lab") -> None:
    """The product's webhook actuator reads state, makes a dry run, has one effect and reports refusals."""
    shop = WebhookActuator(healthy.shop.url, healthy.secret, idempotent=True)
    action = Action(kind=ActionKind.RESTART, service="checkout", environment="demo", actuator="shop")
    try:
        before = await shop.state("checkout")
        assert (before.service, before.replicas, before.version) == ("checkout", 2, "v3.1.4")
        with pytest.raises(NotFoundError):
            await shop.state("../web")
        assert await shop.rehearse(action) == "The shop would do it: checkout restarted."
        assert await shop.state("checkout") == before
        assert await shop.find(action, "by-webhook") is None
        receipt = await shop.apply(action, "by-webhook", before)
        assert (receipt.applied, receipt.detail) == (True, "checkout restarted")
        assert (
            await shop.apply(action, "by-webhook", before) == await shop.find(action, "by-webhook") == receipt
        )
        assert (await shop.state("checkout")).generation != before.generation
        impossible = action.model_copy(update={"kind": ActionKind.ROLLBACK, "params": {"revision": 7}})
        with pytest.raises(RefusedError, match="has no revision 7"):
            await shop.rehearse(impossible)
        assert not (await shop.apply(impossible, "impossible", before)).applied
        wrong_secret = WebhookActuator(healthy.shop.url, b"another secret of 24 bytes", idempotent=True)
        assert not (await wrong_secret.apply(action, "stranger", before)).applied
        await wrong_secret.close()
    finally:
        await shop.close()
    assert healthy.effects("by-webhook") == 1
    assert healthy.effects("impossible") == healthy.effects("stranger") == 0


async def test_ap11_the_shop_refuses_another_generation(healthy: "Lab") -> None:
    """A service in another state than the approved one is left alone, and the key stays unused."""
    shop = WebhookActuator(healthy.shop.url, healthy.secret, idempotent=True)
    action = Action(kind=ActionKind.RESTART, service="web", environment="demo", actuator="shop")
    try:
        before = await shop.state("web")
        approved = before.model_copy(update={"generation": int(before.generation) - 1})
        receipt = await shop.apply(action, "of-before", approved)
        assert (receipt.applied, receipt.certain, receipt.refusal) == (False, True, Refusal.CHANGED)
        assert await shop.find(action, "of-before") is None
        assert await shop.state("web") == before
    finally:
        await shop.close()
    assert healthy.effects("of-before") == 0


async def test_the_same_key_is_one_effect(healthy: "Lab") -> None:
    """Concurrent and later calls with one key have one effect and get the same receipt."""
    before = await healthy.state("web")
    old = healthy.replica_pids()
    answers = await asyncio.gather(*(healthy.act("web", "restart", {}, "once") for _ in range(3)))
    answers.append(await healthy.act("web", "restart", {}, "once"))
    status, receipt = answers[0]
    assert status == 200
    assert all(answer == (200, receipt) for answer in answers)
    assert healthy.effects("once") == 1
    assert receipt["before"] == before
    assert receipt["after"]["generation"] == before["generation"] + 1
    assert len(healthy.replica_pids() - old) == len(old - healthy.replica_pids()) == 2
    assert await healthy.call("GET", "/actions/once") == (200, receipt)
    assert (await healthy.act("web", "scale", {"replicas": 3}, "once"))[0] == 422
    events = await healthy.get("/api/annotations", tags="action")
    assert [event["text"] for event in events if event["data"]["key"] == "once"] == ["web restarted"]


async def test_changes_cause_no_errors_of_their_own(healthy: "Lab") -> None:
    """New replicas are healthy before old ones drain, so a change causes no errors for callers."""
    for replicas in (3, 2):
        status, receipt = await healthy.act(
            "payments", "scale", {"replicas": replicas}, f"scale-{replicas}-again"
        )
        assert status == 200
        assert receipt["after"]["replicas"] == replicas
    assert (await healthy.act("checkout", "restart", {}, "calm"))[0] == 200
    for service in ("web", "checkout"):
        assert not [text for text in await healthy.messages(service) if "could not be reached" in text]


async def test_what_cannot_be_done_is_refused_and_frees_the_key(healthy: "Lab") -> None:
    """An impossible action is refused with one sentence, has no effect, and leaves its key unused."""
    refusals: list[tuple[str, str, dict[str, Any], str | None, int]] = [
        ("web", "rollback", {"revision": 1}, "r", 409),
        ("web", "rollback", {"revision": 7}, "r", 409),
        ("web", "scale", {"replicas": 0}, "r", 400),
        ("web", "scale", {"replicas": 6}, "r", 400),
        ("web", "scale", {"replicas": True}, "r", 400),
        ("web", "restart", {"force": True}, "r", 400),
        ("web", "restart", {}, None, 400),
        ("web", "restart", {}, "r" * 201, 400),
        ("mail", "restart", {}, "r", 404),
        ("web", "destroy", {}, "r", 400),
    ]
    for service, action, body, key, expected in refusals:
        status, answer = await healthy.act(service, action, body, key)
        assert (status, list(answer)) == (expected, ["error"]), (action, body)
    assert healthy.effects("r") == 0
    assert (await healthy.call("GET", "/actions/r"))[0] == 404
    for content in (b"", b"[]", b"{", b'{"kind": "restart"}'):
        status, answer = await healthy.call("POST", "/actions", content)
        assert (status, list(answer)) == (400, ["error"]), content
