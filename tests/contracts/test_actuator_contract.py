"""Every implementation of Actuator: in memory, and a shared target behind a webhook, MCP and SSH."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
import samples as sample
from mcp import StdioServerParameters
from mcp_target import mcp_target
from memory_actuator import MemoryActuator
from openssh import NEEDED, sshd
from served_apps import served
from ssh_host import asyncssh_host, openssh_host
from target_world import TargetWorld
from webhook_target import webhook_target

from activities.ports import Actuator
from adapters.actions.configuration import Commands, Host, McpTools
from adapters.actions.mcp_tools import McpActuator
from adapters.actions.ssh import SshActuator
from adapters.actions.webhook import WebhookActuator
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action

FAKES = Path(__file__).parents[1] / "fakes"
SECRET = b"a secret of more than 24 bytes"
KEY = "0193-key"
FIELDS = {
    "replicas": "replicas",
    "revision": "revision",
    "version": "version",
    "previousRevision": "previousRevision",
    "facts": ["restarts"],
}
EXPECTED = sample.state(replicas=2, revision=3, version="v3", previous_revision=2)
"""The state that an approval is bound to; only actuators that compare it need the target's own."""
EFFECTS = {ActionKind.RESTART: {}, ActionKind.SCALE: {"replicas": 4}, ActionKind.ROLLBACK: {"revision": 2}}


def mcp_tools(*, idempotent: bool = False) -> McpTools:
    own = {"service_name": "{service}", "idempotency_key": "{key}"}
    return McpTools.model_validate(
        {
            "state": {"tool": "get_service", "arguments": {"service_name": "{service}"}},
            "fields": FIELDS,
            "actions": {
                "restart": {"tool": "restart_service", "arguments": own},
                "scale": {"tool": "scale_service", "arguments": own | {"replicas": "{replicas}"}},
                "rollback": {"tool": "rollback_service", "arguments": own | {"revision": "{revision}"}},
            },
            "idempotent": idempotent,
        }
    )


def commands(file: Path) -> Commands:
    program = [sys.executable, str(FAKES / "target_world.py"), str(file)]
    return Commands.model_validate(
        {
            "state": [*program, "state", "{service}"],
            "fields": FIELDS,
            "actions": {
                "restart": [*program, "restart", "{service}", "{key}"],
                "scale": [*program, "scale", "{service}", "{replicas}", "{key}"],
                "rollback": [*program, "rollback", "{service}", "{revision}", "{key}"],
            },
        }
    )


Opener = Callable[[TargetWorld, Path, float], "AsyncIterator[Actuator]"]


async def _webhook(world: TargetWorld, _: Path, limit: float) -> AsyncIterator[Actuator]:
    async with served(webhook_target(world, SECRET, remembers=False)) as url:
        actuator = WebhookActuator(url, SECRET, idempotent=False, timeout=limit)
        yield actuator
        await actuator.close()


async def _mcp_stdio(world: TargetWorld, limit: float) -> AsyncIterator[Actuator]:
    arguments = [str(FAKES / "mcp_target.py"), str(world.file)]
    yield McpActuator(StdioServerParameters(command=sys.executable, args=arguments), None, mcp_tools(), limit)


async def _mcp_http(world: TargetWorld, _: Path, limit: float) -> AsyncIterator[Actuator]:
    async with served(mcp_target(world.file).streamable_http_app(), lifespan="on") as url:
        yield McpActuator(f"{url}/mcp", "a-token", mcp_tools(), limit)


async def _ssh(world: TargetWorld, folder: Path, limit: float) -> AsyncIterator[Actuator]:
    async with asyncssh_host(folder / "ssh") as host:
        yield SshActuator(host, commands(world.file), limit)


async def _sshd(world: TargetWorld, folder: Path, limit: float) -> AsyncIterator[Actuator]:
    async with openssh_host(folder / "sshd") as host:
        yield SshActuator(host, commands(world.file), limit)


NO_SSHD = pytest.mark.skipif(sshd() is None, reason=NEEDED)
WAYS = [
    pytest.param(_webhook, id="webhook"),
    pytest.param(_mcp_http, id="mcp-http"),
    pytest.param(_ssh, id="asyncssh"),
    pytest.param(_sshd, id="openssh", marks=NO_SSHD),
]


class Outside(Protocol):
    """The target, independent of the actuator."""

    @property
    def effects(self) -> list[list[str]]: ...
    def turn(self, mood: str) -> None: ...
    def do(self, verb: str, service: str, value: int | None, key: str) -> str: ...


class OutsideMemory:
    """The target of a MemoryActuator."""

    def __init__(self) -> None:
        state = sample.state(replicas=2, revision=3, version="v3", previous_revision=2)
        self.actuator = MemoryActuator(state)

    @property
    def effects(self) -> list[list[str]]:
        return [[key, action.kind.value] for key, action in self.actuator.effects]

    def turn(self, mood: str) -> None:
        self.actuator.refuses = dict.fromkeys(ActionKind, "not today") if mood == "refuse" else {}

    def do(self, verb: str, service: str, value: int | None, key: str) -> str:
        del value, key
        state = self.actuator.targets[service]
        self.actuator.now = state.model_copy(update={"generation": int(state.generation) + 1})
        return f"{verb} of {service} is done"


@pytest.fixture
def world(tmp_path: Path) -> TargetWorld:
    return TargetWorld(tmp_path / "world.json")


@pytest.fixture(params=[pytest.param(None, id="memory"), *WAYS])
async def target(
    request: pytest.FixtureRequest, world: TargetWorld, tmp_path: Path
) -> AsyncIterator[tuple[Actuator, Outside]]:
    if request.param is None:
        outside = OutsideMemory()
        yield outside.actuator, outside
        return
    async with asynccontextmanager(request.param)(world, tmp_path, 60.0) as opened:
        yield opened, world


@pytest.fixture
def actuator(target: tuple[Actuator, Outside]) -> Actuator:
    return target[0]


@pytest.fixture
def outside(target: tuple[Actuator, Outside]) -> Outside:
    return target[1]


def action(kind: ActionKind = ActionKind.SCALE, service: str = "payments", **params: int) -> Action:
    return Action(
        kind=kind,
        service=service,
        environment="demo",
        actuator="target",
        entry=kind.value,
        params=dict(params) or dict(EFFECTS[kind]),
    )


async def test_a_state_reads_the_same_until_something_changes(actuator: Actuator, outside: Outside) -> None:
    """The state, to which an approval is bound, differs after any change and only then."""
    before = await actuator.state("payments")
    assert before == await actuator.state("payments")
    assert (before.replicas, before.revision, before.version, before.previous_revision) == (2, 3, "v3", 2)
    outside.do("restart", "payments", None, "somebody-else")
    after = await actuator.state("payments")
    assert after != before
    assert after.generation != before.generation


async def test_an_unknown_service_is_said_to_be_unknown(actuator: Actuator) -> None:
    """The state of an unknown service is NotFoundError."""
    with pytest.raises(NotFoundError):
        await actuator.state("nobody")


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_an_action_is_done_once_and_is_seen(
    actuator: Actuator, outside: Outside, kind: ActionKind
) -> None:
    """An action has one effect with the approval's id as key, and the state shows it."""
    before = await actuator.state("payments")
    receipt = await actuator.apply(action(kind), KEY, before)
    assert (receipt.key, receipt.applied, receipt.certain) == (KEY, True, True)
    assert outside.effects == [[KEY, kind.value]]
    after = await actuator.state("payments")
    assert after != before
    for name, value in EFFECTS[kind].items():
        assert getattr(after, name) == value


async def test_a_rehearsal_changes_nothing(actuator: Actuator, outside: Outside) -> None:
    """A rehearsal returns a description and has no effect."""
    before = await actuator.state("payments")
    assert await actuator.rehearse(action())
    assert outside.effects == []
    assert await actuator.state("payments") == before


async def test_what_the_target_refuses_is_a_receipt_that_says_so(
    actuator: Actuator, outside: Outside
) -> None:
    """The receipt is not applied and has the target's reason."""
    outside.turn("refuse")
    receipt = await actuator.apply(action(), KEY, await actuator.state("payments"))
    assert not receipt.applied
    assert "not today" in receipt.detail
    assert outside.effects == []


@pytest.mark.parametrize(
    "service", ["../payments", "pay ments; reboot", "$(reboot)", "payments\nx", "a" * 5000, ""]
)
async def test_a_hostile_name_reaches_no_target(actuator: Actuator, outside: Outside, service: str) -> None:
    """A hostile service name is an error and has no effect."""
    with pytest.raises((NotFoundError, RefusedError, UnavailableError)):
        await actuator.state(service)
    assert outside.effects == []


@pytest.mark.parametrize("way", WAYS)
async def test_a_lost_answer_is_not_asked_for_again(way: Opener, world: TargetWorld, tmp_path: Path) -> None:
    """Without idempotence the action runs once, and the receipt is uncertain."""
    world.turn("hang")
    async with asynccontextmanager(way)(world, tmp_path, 2.0) as actuator:
        receipt = await actuator.apply(action(), KEY, EXPECTED)
        world.turn("")
    assert (receipt.applied, receipt.certain) == (False, False)
    assert len(world.effects) == 1
    assert actuator.repeatable is False


async def test_an_mcp_server_may_be_a_command(world: TargetWorld) -> None:
    """The same tools work over stdin and stdout; one test only, since each request starts a process."""
    async with asynccontextmanager(_mcp_stdio)(world, 60.0) as actuator:
        assert (await actuator.state("payments")).replicas == 2
        assert (await actuator.apply(action(), KEY, EXPECTED)).applied
    assert world.effects == [[KEY, "scale"]]


async def test_a_target_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    """An unreachable target is UnavailableError on every transport; a retry is safe, as nothing was sent."""
    nowhere = "http://127.0.0.1:9"
    async with asyncssh_host(tmp_path / "ssh") as host:
        pass  # the host is stopped, its keys stay
    away: list[Actuator] = [
        WebhookActuator(nowhere, SECRET, idempotent=True, timeout=5),
        McpActuator(nowhere, None, mcp_tools(), 5),
        McpActuator(StdioServerParameters(command="/nonexistent"), None, mcp_tools(), 5),
        McpActuator(StdioServerParameters(command="/bin/false"), None, mcp_tools(), 5),
        SshActuator(host, commands(tmp_path / "w"), 5),
    ]
    for actuator in away:
        with pytest.raises(UnavailableError):
            await actuator.state("payments")
        with pytest.raises(UnavailableError):
            await actuator.apply(action(), KEY, EXPECTED)
        await actuator.close()


async def test_a_webhook_that_promises_idempotence_is_asked_again(world: TargetWorld) -> None:
    """After a lost response the target finds the key, and a repeated request has no second effect."""
    world.turn("lose")
    async with served(webhook_target(world, SECRET, remembers=True)) as url:
        actuator = WebhookActuator(url, SECRET, idempotent=True)
        with pytest.raises(UnavailableError):
            await actuator.apply(action(), KEY, EXPECTED)
        receipt = await actuator.find(action(), KEY)
        assert receipt is not None
        assert receipt.applied
        world.turn("")
        assert (await actuator.apply(action(), KEY, EXPECTED)).applied
        assert await actuator.find(action(), "another") is None
        await actuator.close()
    assert len(world.effects) == 1


async def test_a_webhooks_signature_is_checked_with_the_secret(world: TargetWorld) -> None:
    """A request that is signed with another secret is refused."""
    async with served(webhook_target(world, SECRET, remembers=False)) as url:
        actuator = WebhookActuator(url, b"another secret of 24 bytes or more", idempotent=False)
        with pytest.raises(UnavailableError):
            await actuator.state("payments")
        await actuator.close()


async def test_an_unknown_host_is_never_trusted(tmp_path: Path) -> None:
    """A host whose key is not in known_hosts is refused."""
    async with asyncssh_host(tmp_path / "a") as host:
        empty = tmp_path / "known_hosts"
        empty.write_text("")
        stranger = host.model_copy(update={"known_hosts": empty})
        with pytest.raises(UnavailableError):
            await SshActuator(stranger, commands(tmp_path / "w"), 5).state("payments")


async def test_tools_and_commands_that_are_not_configured_are_refused(
    world: TargetWorld, tmp_path: Path
) -> None:
    """A rehearsal refuses unconfigured or invalid tools and commands before an approval is opened."""
    host = Host(address="127.0.0.1", user="x", key_file=tmp_path / "k", known_hosts=tmp_path / "h")
    only = commands(tmp_path / "w").model_copy(update={"actions": {ActionKind.RESTART: ("true",)}})
    with pytest.raises(RefusedError):
        await SshActuator(host, only, 5).rehearse(action())
    wrong = mcp_tools().model_dump(by_alias=True)
    wrong["actions"]["scale"]["arguments"]["replicas"] = "many"
    wrong["actions"]["restart"]["tool"] = "reboot"
    async with served(mcp_target(world.file).streamable_http_app(), lifespan="on") as url:
        actuator = McpActuator(f"{url}/mcp", None, McpTools.model_validate(wrong), 60)
        for kind in (ActionKind.SCALE, ActionKind.RESTART):
            with pytest.raises(RefusedError):
                await actuator.rehearse(action(kind))
            assert not (await actuator.apply(action(kind), KEY, EXPECTED)).applied
