import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


async def test_only_the_token_opens_the_action_api(healthy: "Lab") -> None:
    """Without the right bearer token every route of it answers 401 and does nothing."""
    for token in ("", "Bearer wrong", "Basic test-token", "Bearer "):
        headers = {"Authorization": token, "Idempotency-Key": "intruder"}
        for method, path in (
            ("GET", "/ops/services/web"),
            ("GET", "/ops/actions/intruder"),
            ("POST", "/ops/services/web/restart"),
        ):
            async with healthy.client.request(method, path, headers=headers) as answer:
                assert answer.status == 401
                assert "error" in await answer.json()
    assert healthy.effects("intruder") == 0


async def test_the_same_key_is_one_effect(healthy: "Lab") -> None:
    """Asked three times at once and once more later, it happens once, and all get the same receipt."""
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
    assert await healthy.get("/ops/actions/once") == {**receipt, "status": "applied"}
    assert (await healthy.act("web", "scale", {"replicas": 3}, "once"))[0] == 422
    events = await healthy.get("/api/annotations", tags="action")
    assert [event["text"] for event in events if event["data"]["key"] == "once"] == ["web restarted"]


async def test_changes_cause_no_errors_of_their_own(healthy: "Lab") -> None:
    """New replicas are healthy before old ones drain: no caller ever finds the door closed."""
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
    """Each refusal is one clear sentence and no effect."""
    refusals: list[tuple[str, str, dict[str, Any], str | None, int]] = [
        ("web", "rollback", {"revision": 1}, "r", 409),
        ("web", "rollback", {"revision": 7}, "r", 409),
        ("web", "scale", {"replicas": 0}, "r", 400),
        ("web", "scale", {"replicas": 6}, "r", 400),
        ("web", "scale", {"replicas": True}, "r", 400),
        ("web", "restart", {"force": True}, "r", 400),
        ("web", "restart", {}, None, 400),
        ("mail", "restart", {}, "r", 404),
        ("web", "destroy", {}, "r", 404),
    ]
    for service, action, body, key, expected in refusals:
        status, answer = await healthy.act(service, action, body, key)
        assert (status, list(answer)) == (expected, ["error"]), (action, body)
    assert healthy.effects("r") == 0
    async with healthy.client.get("/ops/actions/r") as unknown:
        assert unknown.status == 404
