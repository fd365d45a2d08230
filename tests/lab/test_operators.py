"""What operators have in the lab: releases, an allow-list over SSH, and a signed webhook."""

import asyncio
import fcntl
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from openssh import NEEDED, sshd

from adapters.actions.signing import signature
from adapters.actions.webhook import WebhookActuator
from lab.operations.operations import INITIAL, Operations
from lab.operations.processes import deployer, listens
from lab.operations.supervision import Supervised, Supervision
from lab.operations.targets import lab_targets
from lab.operations.tool.balancers import set_rotation
from lab.operations.tool.commands import FAILED, UNKNOWN, WRONG, run, run_remote
from lab.operations.tool.layout import ServiceLayout
from lab.operations.tool.receipts import FailedError, Receipts, RunningError
from lab.operations.tool.releases import ReleaseError
from lab.operations.tool.service import Service
from lab.topology import PORTS, Component, LabNetwork
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action
from runtime.local.processes import Child, Supervisor

NETWORK = LabNetwork(173)
SERVICES = (Component.CATALOG, Component.ORDERS)


@pytest.fixture
def operations(tmp_path: Path) -> Operations:
    """Two services, of which nothing runs."""
    if sshd() is None:
        pytest.skip(NEEDED)
    sources = {}
    for service in SERVICES:
        folder = sources[service] = tmp_path / "sources" / service
        folder.mkdir(parents=True)
        (folder / "start").write_text("#!/bin/sh\nexec sleep 1000\n")
        (folder / "service.env").write_text("COLOUR=green\n")
    operations = Operations(tmp_path / "run", NETWORK, {}, SERVICES, (Component.VALKEY,))
    operations.prepare(sources)
    return operations


@pytest.fixture
async def webhook(operations: Operations) -> AsyncIterator[WebhookActuator]:
    """The running deployer, and the product's actuator as it is configured for it."""
    supervisor, child = Supervisor(print), deployer(operations)
    await supervisor.start(child, ready=lambda: listens(operations, child))
    url = f"http://{NETWORK.host('deployer')}:{PORTS['deployer']}"
    actuator = WebhookActuator(url, operations.secret_file.read_bytes(), idempotent=True)
    yield actuator
    await actuator.close()
    await supervisor.stop()


def test_releases_are_switched_and_know_the_one_before(operations: Operations) -> None:
    """A new release has the configuration of its commit; after a rollback the one before is older."""
    releases = Service(operations.layout, "catalog").releases
    commit = operations.configuration.set("catalog", {"COLOUR": "red", "SIZE": "2"}, "Paint it")
    release = releases.switch(releases.add(None, commit).revision)
    assert release.previous == INITIAL
    current = operations.layout.app("catalog") / "current"
    assert (current / "config" / "service.env").read_text() == "COLOUR=red\nSIZE=2\n"
    assert releases.switch(INITIAL).previous == INITIAL - 1
    assert (current / "config" / "service.env").read_text() == "COLOUR=green\n"
    with pytest.raises(ReleaseError, match="no release 9"):
        releases.switch(9)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ops state catalog", 0),
        ("ops restart catalog --dry-run", 0),
        ("ops scale catalog 4 --dry-run", 0),
        ("ops scale catalog 5 --dry-run", 1),
        ("ops rollback catalog 1 --dry-run", 0),
        ("ops rollback catalog 7 --dry-run", 1),
        ("ops state orders", UNKNOWN),
        ("ops deploy catalog", WRONG),
        ("ops start catalog", WRONG),
        ("sh -c id", WRONG),
        ("", WRONG),
        ("ops state 'catalog; id'", UNKNOWN),
    ],
)
def test_only_listed_commands_run_over_ssh(operations: Operations, line: str, code: int) -> None:
    """Four verbs on the services of SSH; another word, service or value is refused with its exit code."""
    assert run_remote(operations.layout, line, ("catalog",), "ssh").code == code


def test_a_key_runs_once(tmp_path: Path) -> None:
    """A finished key gives its result again; a running and a failed one are errors."""
    receipts = Receipts(tmp_path)
    assert receipts.begin("a") is None
    with pytest.raises(RunningError):
        receipts.begin("a")
    receipts.finish("a", "restarted", done=True)
    assert receipts.begin("a") == "restarted"
    receipts.begin("b")
    receipts.finish("b", "supervisord is gone", done=False)
    with pytest.raises(FailedError, match="supervisord is gone"):
        receipts.begin("b")


def test_another_generation_is_refused_before_anything_is_done(operations: Operations) -> None:
    """The generation is compared, and the key stays free."""
    result = run(operations.layout, ["restart", "catalog", "--key", "a", "--generation", "9"], "deployer")
    assert "generation 1, not 9" in result.text
    assert Receipts(operations.layout.receipts).read("a") is None
    assert operations.changes() == []


def test_an_nginx_that_has_ended_is_not_told_to_reload(operations: Operations) -> None:
    """Its file is written all the same, and read at its next start."""
    storefront = ServiceLayout("storefront", ("127.0.0.1", "127.0.0.2"), 1, 8000, 8000, "nginx")
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as ended:
        ended.wait()
    (operations.run / "nginx.pid").write_text(f"{ended.pid}\n")
    set_rotation(operations.layout, storefront, {2})
    lines = (operations.run / "upstreams" / "storefront.conf").read_text().splitlines()
    assert lines == ["server 127.0.0.1:8000 down;", "server 127.0.0.2:8000;"]


def test_a_refused_rollback_changes_no_generation(operations: Operations) -> None:
    """What was approved before it is still as it was approved."""
    assert run(operations.layout, ["rollback", "catalog", "9", "--key", "a"], "ssh").code == FAILED
    assert Service(operations.layout, "catalog").state["generation"] == 1
    assert Receipts(operations.layout.receipts).read("a") is None


async def test_the_deployer_keeps_the_documented_contract(webhook: WebhookActuator) -> None:
    """State and dry run; a service of SSH does not exist here; a failed action is known by its key."""
    state = await webhook.state("orders")
    assert (state.generation, state.replicas, state.revision, state.previous_revision) == (1, 2, 2, 1)
    action = Action(
        kind=ActionKind.ROLLBACK,
        service="orders",
        environment="lab",
        actuator="deployer",
        params={"revision": 1},
    )
    assert "revision 1" in await webhook.rehearse(action)
    with pytest.raises(RefusedError):
        await webhook.rehearse(action.model_copy(update={"params": {"revision": 9}}))
    with pytest.raises(NotFoundError):
        await webhook.state("catalog")
    key = str(uuid.uuid4())
    assert await webhook.find(action, key) is None
    with pytest.raises(UnavailableError):  # no supervisord runs
        await webhook.apply(action, key, state)
    with pytest.raises(UnavailableError):
        await webhook.find(action, key)


@pytest.mark.parametrize(
    ("secret", "age_s", "status"), [(None, 0, 200), (None, 400, 401), (b"other", 0, 401)]
)
async def test_the_deployer_refuses_wrong_and_old_signatures(
    webhook: WebhookActuator, operations: Operations, secret: bytes | None, age_s: int, status: int
) -> None:
    """Another secret is refused, and so is a signature of more than five minutes ago."""
    del webhook  # it runs
    key, at, path = "state", int(time.time()) - age_s, "/services/orders"
    signed = signature(secret or operations.secret_file.read_bytes(), key, at, "GET", path, b"")
    headers = {"webhook-id": key, "webhook-timestamp": str(at), "webhook-signature": signed}
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://{NETWORK.host('deployer')}:{PORTS['deployer']}{path}"
        assert (await client.get(url, headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"webhook-timestamp": "\u00b2", "webhook-signature": "v1,x"}, 401),
        ({"webhook-timestamp": "NOW", "webhook-signature": "v1,\u00e9"}, 401),
        ({"Content-Length": "many"}, 400),
        ({"Content-Length": "900000"}, 400),
    ],
)
async def test_the_deployer_answers_damaged_requests(
    webhook: WebhookActuator, headers: dict[str, str], status: int
) -> None:
    """Headers that are no numbers, no base64 or too large are refused, not dropped without an answer."""
    del webhook  # it runs
    lines = {"Content-Length": "0"} | headers
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"POST /actions HTTP/1.0\r\n{text}\r\n".replace("NOW", str(int(time.time())))
    reader, writer = await asyncio.open_connection(NETWORK.host("deployer"), PORTS["deployer"])
    writer.write(request.encode("latin-1"))
    answer = await reader.readline()
    writer.close()
    assert answer.split()[1] == str(status).encode()


async def test_operators_restart_what_the_lab_runs(operations: Operations) -> None:
    """`ops restart redis` returns when another process is ready, and the generation has changed."""
    supervisor = Supervisor(print)
    child = Child("redis", ["/bin/sleep", "1000"], log=operations.run / "logs" / "redis.log")
    await supervisor.start(child)
    before = child.pid

    async def probe() -> None:
        await asyncio.sleep(0)

    try:
        supervision = Supervision(operations.layout.supervision_socket, {"redis": Supervised(child, probe)})
        async with supervision.listening():
            assert await operations.restart("redis") == "redis was restarted"
            assert child.pid != before
            assert (await operations.state("redis"))["generation"] == "2"
    finally:
        await supervisor.stop()
    assert [(change.service, change.kind, change.who) for change in operations.changes()] == [
        ("redis", "restart", "lab")
    ]


async def test_a_command_ends_with_the_work_that_waits_for_it(operations: Operations) -> None:
    """A lab that is stopped leaves no `ops` that waits for a lock."""
    lock = operations.layout.app("catalog") / "lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await operations.restart("catalog")
    run_folder = str(operations.run)
    assert [
        each for each in psutil.process_iter(["cmdline"]) if run_folder in (each.info["cmdline"] or ())
    ] == []


def test_the_catalog_has_every_service_once(operations: Operations) -> None:
    """Restart, scale and rollback of each service, by one actuator; infrastructure is only restarted."""
    targets = lab_targets(operations, "demo")
    actions = {
        (entry.kind, service): entry.actuator for entry in targets.catalog for service in entry.services
    }
    assert actions[ActionKind.ROLLBACK, "orders"] == "deployer"
    assert actions[ActionKind.ROLLBACK, "catalog"] == "operations"
    assert {kind for kind, service in actions if service == "redis"} == {ActionKind.RESTART}
