"""Every implementation of GatewayApprovals: in memory, and over HTTP behind our own server."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import samples as sample
from memory_approval_desk import MemoryApprovalDesk
from memory_clock import MemoryClock
from memory_gateway_approvals import MemoryGatewayApprovals
from postgres_approvals import PostgresApprovals
from served_apps import served
from starlette.responses import Response

from activities.ports import GatewayApprovals
from adapters.gateways.approvals import HttpGatewayApprovals
from adapters.gateways.http import HttpGateway
from missions.approval import ApprovalStatus, GatewayStatus
from missions.errors import UnavailableError
from missions.plan import ActionKind
from missions.proposal import Effect, RiskLevel
from servers.approval_store import GatewayApprovalStore
from servers.propose import create_app

MISSION = UUID(int=7)
KEYS = {"our-key": "ops-agent", "gina-key": "gina"}
OURS = {"Authorization": "Bearer our-key"}
ACTION = sample.proposal().action


@dataclass
class Gateway:
    """A gateway with a pending approval, and a function that answers it as its own people do."""

    approvals: GatewayApprovals
    token: str
    say: Callable[[GatewayStatus], Awaitable[None]]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Gateway]:
    approvals = MemoryGatewayApprovals()
    approvals.open("t", ACTION.kind)

    async def say(status: GatewayStatus) -> None:
        approvals.say("t", status)

    yield Gateway(approvals, "t", say)


@asynccontextmanager
async def over_http() -> AsyncIterator[Gateway]:
    clock = MemoryClock()
    store = GatewayApprovalStore(":memory:", now=clock.now)
    async with (
        served(create_app(lambda: "{}", store, KEYS)) as url,
        httpx.AsyncClient(base_url=url, headers={"X-API-Key": "gina-key"}, trust_env=False) as gina,
    ):
        verdict = await HttpGateway(url, OURS, timeout=10).assess("acme", MISSION, sample.proposal(), "")
        token = verdict.approval_token
        assert token

        async def say(status: GatewayStatus) -> None:
            if status is GatewayStatus.EXPIRED:
                clock.forward(timedelta(hours=1))
                return
            verb = "approve" if status is GatewayStatus.APPROVED else "deny"
            (await gina.post(f"/api/v1/approvals/{token}/{verb}")).raise_for_status()

        yield Gateway(HttpGatewayApprovals(url, OURS, timeout=10), token, say)
    store.close()


@pytest.fixture(params=[in_memory, over_http], ids=["memory", "http"])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[Gateway]:
    async with request.param() as opened:
        yield opened


@pytest.mark.parametrize("status", [GatewayStatus.APPROVED, GatewayStatus.DENIED, GatewayStatus.EXPIRED])
async def test_what_its_people_or_its_clock_say_is_seen(gateway: Gateway, status: GatewayStatus) -> None:
    """The approval is pending until it is decided or expires, and later answers change nothing."""
    assert await gateway.approvals.look(gateway.token, ACTION) is GatewayStatus.PENDING
    await gateway.say(status)
    assert await gateway.approvals.look(gateway.token, ACTION) is status
    await gateway.approvals.answer(gateway.token, agreed=status is not GatewayStatus.APPROVED, reason="late")
    assert await gateway.approvals.look(gateway.token, ACTION) is status


@pytest.mark.parametrize("agreed", [True, False])
async def test_our_decision_is_posted(gateway: Gateway, *, agreed: bool) -> None:
    """A decision that a retry posts twice is the same decision."""
    for _ in range(2):
        await gateway.approvals.answer(gateway.token, agreed=agreed, reason="seen")
    status = GatewayStatus.APPROVED if agreed else GatewayStatus.DENIED
    assert await gateway.approvals.look(gateway.token, ACTION) is status


async def test_what_it_does_not_know_or_is_about_something_else_is_no_answer(gateway: Gateway) -> None:
    """An unknown token, and another action under the same token, are UnavailableError."""
    with pytest.raises(UnavailableError):
        await gateway.approvals.look("unknown", ACTION)
    other = ACTION.model_copy(update={"kind": ActionKind.RESTART})
    with pytest.raises(UnavailableError):
        await gateway.approvals.look(gateway.token, other)


STATUS = {"token": "t", "status": "approved", "context": {"action": "rollback"}}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("", 200),
        ("null", 200),
        (json.dumps(STATUS | {"status": "APPROVED"}), 200),
        (json.dumps(STATUS | {"token": "other"}), 200),
        (json.dumps(STATUS | {"context": {}}), 200),
        (json.dumps(STATUS), 401),
        (json.dumps(STATUS), 302),
        (json.dumps(STATUS), 500),
    ],
)
async def test_whatever_is_not_clear_is_no_yes(content: str, status: int) -> None:
    """An unknown status, another approval or an error is UnavailableError, never approved."""

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await Response(content, status, media_type="application/json")(_scope, _receive, send)

    async with served(answer) as url:
        with pytest.raises(UnavailableError):
            await HttpGatewayApprovals(url, {}, timeout=10).look("t", ACTION)
    with pytest.raises(UnavailableError):
        await HttpGatewayApprovals("http://127.0.0.1:9", {}, timeout=1).look("t", ACTION)
    with pytest.raises(UnavailableError):
        await HttpGatewayApprovals("http://127.0.0.1:9", {}, timeout=1).answer("t", agreed=True, reason="")


async def test_nobody_without_a_key_reads_or_decides(tmp_path: Path) -> None:
    """Requests without a key fail; a repeated proposal has the same approval, another mission its own."""
    store = GatewayApprovalStore(str(tmp_path / "approvals.db"))
    async with served(create_app(lambda: "{}", store, KEYS)) as url:
        judge = HttpGateway(url, OURS, timeout=10)
        first, again = [await judge.assess("acme", MISSION, sample.proposal(), "") for _ in range(2)]
        other = await judge.assess("acme", UUID(int=8), sample.proposal(), "")
        assert first.approval_token == again.approval_token != other.approval_token
        for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer x"}):
            verdict = await HttpGateway(url, headers, timeout=10).assess(
                "acme", MISSION, sample.proposal(), ""
            )
            assert (verdict.effect, verdict.risk) == (Effect.REVIEW, RiskLevel.CRITICAL)
            assert verdict.approval_token is None
            stranger = HttpGatewayApprovals(url, headers, timeout=10)
            await stranger.answer(first.approval_token or "", agreed=True, reason="")
            with pytest.raises(UnavailableError):
                await stranger.look(first.approval_token or "", ACTION)
        async with httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as client:
            listed = (await client.get("/api/v1/approvals/pending")).json()
    assert {approval["token"] for approval in listed["approvals"]} == {
        first.approval_token,
        other.approval_token,
    }
    assert listed["approvals"][0]["args"]["missionId"] == str(MISSION)
    store.close()
    # Approvals survive a restart: a lost approval could not be proven.
    reopened = GatewayApprovalStore(str(tmp_path / "approvals.db"))
    page = reopened.get(first.approval_token or "")
    assert page is not None
    assert page.status is GatewayStatus.PENDING
    reopened.close()


@pytest.fixture(params=["memory", "postgres"])
def desk(request: pytest.FixtureRequest) -> Any:
    if request.param == "postgres":
        return request.getfixturevalue("stored")

    class OpenedApprovals:
        desk = MemoryApprovalDesk(MemoryClock(), sample.REQUESTER, "Olga Operator")

        async def open(self) -> Any:
            more: dict[str, Any] = {"proposal": sample.proposal(), "verdict": sample.verdict()}
            return await self.desk.open(sample.ORG, UUID(int=9), **more, window_s=600, act_s=600)

    return OpenedApprovals()


@pytest.mark.parametrize("status", [GatewayStatus.DENIED, GatewayStatus.EXPIRED])
async def test_its_no_is_ours(desk: Any, status: GatewayStatus) -> None:
    """A denial or expiry of the gateway denies our approval once; a later approval changes nothing."""
    approval = await desk.open()
    state = await desk.desk.note(sample.ORG, approval.id, status)
    assert (state.status, state.vetoed, state.gateway) == (ApprovalStatus.DENIED, True, status)
    assert "ateway" in state.said
    later = await desk.desk.note(sample.ORG, approval.id, GatewayStatus.APPROVED)
    assert (later.status, later.said) == (ApprovalStatus.DENIED, state.said)
    assert (await desk.desk.read(sample.ORG, approval.id)).veto == state.said


async def test_its_yes_is_shown_and_not_counted(desk: Any) -> None:
    """The card shows the gateway's approval; it is not a vote, and ours stays pending."""
    approval = await desk.open()
    state = await desk.desk.note(sample.ORG, approval.id, GatewayStatus.APPROVED)
    assert (state.status, state.vetoed) == (ApprovalStatus.PENDING, False)
    card = await desk.desk.read(sample.ORG, approval.id)
    assert (card.gateway, card.votes, card.action_hash) == (
        *(GatewayStatus.APPROVED, ()),
        approval.action_hash,
    )


async def test_a_veto_is_in_time_until_the_consume(stored: PostgresApprovals) -> None:
    """The gateway's denial denies an unconsumed approval, and does not change a consumed one."""
    approvals = [await stored.open() for _ in range(2)]
    anna = await stored.person()
    for approval in approvals:
        await stored.agree(anna, approval)
    await stored.ledger.begin(sample.ORG, approvals[1].id, "a")
    early, late = [
        await stored.desk.note(sample.ORG, approval.id, GatewayStatus.DENIED) for approval in approvals
    ]
    assert (early.status, early.vetoed) == (ApprovalStatus.DENIED, True)
    assert (late.status, late.vetoed, late.consumed) == (ApprovalStatus.APPROVED, False, True)
