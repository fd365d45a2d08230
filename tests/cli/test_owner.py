"""`ops-agent owner …`, which docker-compose.yml runs once, prepares real servers for each process."""

import asyncio
import subprocess
import sys
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import psutil
import psycopg
import pytest
from local_ports import answering
from ruamel.yaml import YAML

from runtime.local.binaries import script
from runtime.local.ports import TWIN, PortBook
from runtime.local.processes import Child, Supervisor
from runtime.local.seaweedfs import BUCKET, access_key
from runtime.local.servers import Addresses, LocalServers, ServerName
from stores.bucket import Bucket

LOGINS = {
    f"{name}_DATABASE_PASSWORD": f"the-password-of-{name.lower()}" for name in ("API", "MISSIONS", "ACTIONS")
}
_USERS = ("ADMIN", "API", "MISSIONS", "BROWSER")
IDENTITIES = {f"{name}_REDIS_PASSWORD": f"redis-the-password-of-{name}" for name in _USERS} | {
    f"{name}_S3_SECRET_KEY": f"s3-the-password-of-{name}" for name in _USERS
}


def owner(root: Path, *command: str, **environment: str) -> str:
    """The output of `ops-agent owner …`."""
    return ops_agent(root, "owner", *command, **environment)


def ops_agent(root: Path, *command: str, **environment: str) -> str:
    """The output of `ops-agent …`; fails unless the exit code is 0."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_an_empty_database_becomes_an_installation(tmp_path: Path, root: Path) -> None:
    """The commands can be repeated, and each login connects with its password and rights."""
    supervisor = Supervisor(lambda _: None)
    with LocalServers(tmp_path / "servers", lambda _: None) as local:
        try:
            addresses = await local.start(supervisor, [ServerName.POSTGRES])
            url, links = addresses.database_url, set()
            for _ in range(2):
                assert "migrated" in owner(root, "migrate", DATABASE_URL=url)
                owner(root, "logins", DATABASE_URL=url, ENVIRONMENT="local", **LOGINS)
                links.add(ops_agent(root, "bootstrap", DATABASE_URL=url, PUBLIC_URL="https://ops.example"))
            assert "whole" in ops_agent(root, "audit", "verify", DATABASE_URL=url)
            assert all(link.startswith("https://ops.example/welcome#token=") for link in links)
            assert len(links) == 2, "each bootstrap makes another token"
            for name in ("api", "missions", "actions"):
                place = url.partition("@")[2]
                login = f"postgresql://{name}:the-password-of-{name}@{place}"
                async with await psycopg.AsyncConnection.connect(login) as connection:
                    asked = await connection.execute(
                        "SELECT pg_has_role(current_user, %s, 'member')", [f"ops_{name}"]
                    )
                    assert await asked.fetchone() == (True,)
        finally:
            await supervisor.stop(1)


def test_users_are_written_for_both_servers(tmp_path: Path, root: Path) -> None:
    """Valkey's file has password hashes, and SeaweedFS' file has the keys."""
    (tmp_path / "v").mkdir()
    (tmp_path / "s").mkdir()
    places = ("--valkey", str(tmp_path / "v"), "--seaweedfs", str(tmp_path / "s"))
    owner(root, "identities", *places, ENVIRONMENT="local", **IDENTITIES)
    users = (tmp_path / "v" / "users.acl").read_text()
    assert users.startswith("user default reset off\nuser admin ")
    assert "password" not in users
    assert "s3-the-password-of-BROWSER" in (tmp_path / "s" / "identities.json").read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_DATABASE_PASSWORD", "short"), ("ACTIONS_DATABASE_PASSWORD", "only-a-sample-of-a-password")],
)
def test_bad_passwords_are_refused(root: Path, name: str, value: str) -> None:
    """In production, short passwords and samples are refused before any database access."""
    url = "postgresql+psycopg://ops:hidden-password@db.example/ops"
    done = subprocess.run(
        [sys.executable, "-m", "cli", "owner", "logins"],
        cwd=root,
        env=LOGINS | {"DATABASE_URL": url, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Settings: {name}")
    assert len(done.stderr.splitlines()) == 1


def test_a_namespace_is_prepared_and_a_queue_without_worker_is_unhealthy(
    root: Path, servers: Addresses
) -> None:
    """Preparing the namespace is repeatable; the health check fails for a queue without a worker."""
    for _ in range(2):
        assert "ready" in owner(root, "namespace", TEMPORAL_ADDRESS=servers.temporal_address)
    check = subprocess.run(
        [sys.executable, "-m", "runtime.worker_health", "nobody-polls-this"],
        cwd=root,
        env={"TEMPORAL_ADDRESS": servers.temporal_address},
        check=False,
    )
    assert check.returncode == 1


async def test_br10_storage_of_the_compose_file_offers_s3_only(tmp_path: Path, root: Path) -> None:
    """Started as docker-compose.yml does, only S3's two ports are on networks; the owner makes the bucket."""
    compose = YAML(typ="safe", pure=True).load((root / "docker-compose.yml").read_text())
    command = compose["services"]["seaweedfs"]["command"]
    (tmp_path / "valkey").mkdir()
    files = ("--valkey", str(tmp_path / "valkey"), "--seaweedfs", str(tmp_path))
    owner(root, "identities", *files, ENVIRONMENT="local", **IDENTITIES)
    book = PortBook(tmp_path)
    ports = {part: book.reserve(part, twin=True) for part in ("s3", "master", "volume", "filer")}
    places = {"-dir=/data": f"-dir={tmp_path}", "-s3.port=8333": f"-s3.port={ports['s3']}"}
    places["-s3.config=/identities/identities.json"] = f"-s3.config={tmp_path / 'identities.json'}"
    arguments = [places.get(argument, argument) for argument in command]
    assert set(places) <= set(command)
    arguments += [f"-{part}.port={port}" for part, port in ports.items() if part != "s3"]
    log = tmp_path / "logs" / "weed.log"
    child = Child(
        "weed", [str(script("weed")), *arguments], log=log, env={"HOME": str(tmp_path)}, cwd=tmp_path
    )
    supervisor = Supervisor(lambda _: None)
    endpoint = f"http://127.0.0.1:{ports['s3']}"
    try:
        await supervisor.start(child, ready=partial(answering, f"{endpoint}/healthz"))
        for _ in range(2):
            secret = IDENTITIES["ADMIN_S3_SECRET_KEY"]
            made = owner(
                root, "bucket", ENVIRONMENT="local", S3_ENDPOINT=endpoint, ADMIN_S3_SECRET_KEY=secret
            )
            assert "the bucket is there" in made
        browser = Bucket(endpoint, BUCKET, access_key("browser"), IDENTITIES["BROWSER_S3_SECRET_KEY"])
        await asyncio.to_thread(
            browser.client().put_object, Bucket=BUCKET, Key="evidence/x", Body=b"shot", IfNoneMatch="*"
        )
        assert child.pid is not None
        processes = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        listening = {
            (connection.laddr.ip, connection.laddr.port)
            for process in processes
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
    finally:
        await supervisor.stop(1)
        book.close()
    open_ports = {port for address, port in listening if not ip_address(address).is_loopback}
    assert open_ports == {ports["s3"], ports["s3"] + TWIN}
    assert {port for _, port in listening} >= {ports["master"], ports["volume"], ports["filer"]}
