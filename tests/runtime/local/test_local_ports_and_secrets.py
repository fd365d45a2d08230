import json
import socket
from pathlib import Path

import pytest

from runtime.local.lock import DataInUseError, DataLock
from runtime.local.ports import TWIN, PortBook
from runtime.local.secrets import SecretFile


def test_ports_are_remembered(tmp_path: Path) -> None:
    """The next start uses the same ports as the last one."""
    first = PortBook(tmp_path)
    port = first.reserve("api", twin=True)
    assert first.reserve("api", twin=True) == port
    first.close()
    second = PortBook(tmp_path)
    assert second.reserve("api", twin=True) == port
    second.close()


@pytest.mark.parametrize("offset", [0, TWIN])
def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path, offset: int) -> None:
    """A remembered port is replaced if another process uses it or its twin."""
    first = PortBook(tmp_path)
    port = first.reserve("s3", twin=True)
    first.close()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port + offset))
        listener.listen()
        second = PortBook(tmp_path)
        moved = second.reserve("s3", twin=True)
        second.close()
    assert moved != port
    assert json.loads((tmp_path / "ports.json").read_text())["s3"] == moved


def test_two_books_never_give_the_same_port(tmp_path: Path) -> None:
    """A port is reserved when it is chosen, before any server listens on it."""
    first, second = PortBook(tmp_path / "a"), PortBook(tmp_path / "b")
    port = first.reserve("api")
    (tmp_path / "b" / "ports.json").write_text(json.dumps({"api": port}))
    second = PortBook(tmp_path / "b")
    assert second.reserve("api") != port
    first.close()
    second.close()


def test_secrets_are_private_and_lasting(tmp_path: Path) -> None:
    """Each name has its own secret, which is the same at the next start and readable by the owner only."""
    data = tmp_path / "data"
    secret = SecretFile(data).get("postgres")
    assert (data / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    again = SecretFile(data)
    assert again.get("postgres") == secret
    assert again.get("valkey") != secret
    assert len(secret) == 48


def test_a_locked_directory_names_its_holder(tmp_path: Path) -> None:
    """A locked directory is refused with the holder's process id, and can be locked after its release."""
    import os

    with DataLock(tmp_path), pytest.raises(DataInUseError, match=rf"in use by process {os.getpid()}\b"):
        DataLock(tmp_path)
    DataLock(tmp_path).release()
