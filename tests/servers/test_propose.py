from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from served_apps import served

from servers.propose import create_app

POLICY = """{
  "severities": {"restart": "low", "scale": "medium", "rollback": "high"},
  "rules": [
    {"id": "restarts", "match": {"action": "restart", "environment": "demo"}, "effect": "allow"},
    {"id": "no-rollbacks", "match": {"action": "rollback"}, "effect": "deny", "reason": "never"}
  ],
  "defaultEffect": "review"
}"""
ALL = ["restart", "scale", "rollback"]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(create_app(lambda: POLICY)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    request = {"rcaSummary": "payments leaks", "availableActions": ALL, "context": {"environment": "demo"}}
    response = await client.post("/propose", json=request | body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_the_answer_has_old_and_new_fields(client: httpx.AsyncClient) -> None:
    """The response has the contract's older fields and our additional ones."""
    answer = await ask(client, candidates=[{"action": {"kind": "restart"}}])
    assert answer["approval_required"] is False
    assert (answer["action"], answer["effect"], answer["rule"]) == ("restart", "allow", "restarts")
    assert answer["severity"] == "low"
    assert {"details", "proposalId", "reason"} <= answer.keys()


async def test_an_old_request_that_names_no_action_gets_the_strictest(client: httpx.AsyncClient) -> None:
    """Without an action the strictest verdict of the available actions applies."""
    answer = await ask(client)
    assert (answer["approval_required"], answer["action"], answer["effect"]) == (True, "rollback", "deny")
    assert (await ask(client, availableActions=["restart"]))["effect"] == "allow"


async def test_what_the_candidate_says_of_its_target_counts(client: httpx.AsyncClient) -> None:
    """The action's own environment counts, not that of the context."""
    action = {"kind": "restart", "service": "payments", "environment": "production"}
    assert (await ask(client, candidates=[{"action": action}]))["effect"] == "review"


async def test_an_action_that_is_not_available_is_denied(client: httpx.AsyncClient) -> None:
    """An unavailable action is denied under any policy."""
    answer = await ask(client, availableActions=["scale"], candidates=[{"action": {"kind": "restart"}}])
    assert (answer["effect"], answer["approval_required"]) == ("deny", True)


async def test_the_same_key_is_the_same_proposal(client: httpx.AsyncClient) -> None:
    """A repeated idempotency key gives the same proposal id."""
    first, again, other = [await ask(client, idempotencyKey=key) for key in ("k", "k", "l")]
    assert first["proposalId"] == again["proposalId"] != other["proposalId"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"availableActions": ALL}, "rcaSummary"),
        ({"rcaSummary": "x", "availableActions": []}, "availableActions"),
        ({"rcaSummary": "x", "availableActions": ALL, "approve": True}, "approve"),
    ],
)
async def test_an_invalid_request_is_refused_with_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], names: str
) -> None:
    """422 as problem+json, naming the field."""
    response = await client.post("/propose", json=body)
    assert response.status_code == 422
    assert names in response.json()["error"]


async def test_large_bodies_are_refused(client: httpx.AsyncClient) -> None:
    """A body over one megabyte is 413."""
    response = await client.post("/propose", content=b" " * 1_000_001)
    assert response.status_code == 413


async def test_it_answers_the_health_check(client: httpx.AsyncClient) -> None:
    """The health check of a process supervisor responds."""
    assert (await client.get("/health/live")).json() == {"status": "ok"}


def test_it_does_not_start_with_a_policy_that_cannot_be_read() -> None:
    """An invalid policy prevents the start; the example policy is valid."""
    with pytest.raises(ValidationError):
        create_app(lambda: "{")
    create_app((Path(__file__).parents[2] / "policy" / "demo.json").read_text)
