"""An SSH host on loopback: OpenSSH's server if it is installed, otherwise asyncssh's."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from getpass import getuser
from pathlib import Path

import asyncssh
from openssh import sshd

from adapters.actions.configuration import Host


@asynccontextmanager
async def openssh_host(folder: Path) -> AsyncIterator[Host]:
    """OpenSSH's sshd as this user, with its own keys."""
    port = _free_port()
    host = _keys(folder, port)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
    )
    process = await asyncio.create_subprocess_exec(
        str(sshd()), "-D", "-e", "-f", str(config), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port, process)
        yield host
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def asyncssh_host(folder: Path) -> AsyncIterator[Host]:
    """The same protocol from asyncssh's server, which runs commands through a shell as sshd does."""
    port = _free_port()
    host = _keys(folder, port)

    async def handle(process: asyncssh.SSHServerProcess[str]) -> None:
        child = await asyncio.create_subprocess_shell(
            process.command or "", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            out, err = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        process.stdout.write(out.decode())
        process.stderr.write(err.decode())
        process.exit(child.returncode or 0)

    server = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=[str(folder / "host_key")],
        authorized_client_keys=str(folder / "authorized_keys"),
        process_factory=handle,
    )
    try:
        yield host
    finally:
        server.close()
        await server.wait_closed()


def _keys(folder: Path, port: int) -> Host:
    folder.mkdir(exist_ok=True)
    if sshd() is not None and os.geteuid() == 0:  # OpenSSH requires this empty folder
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host_key", "user_key"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(folder / name)
        key.write_public_key(folder / f"{name}.pub")
        (folder / name).chmod(0o600)
    (folder / "authorized_keys").write_bytes((folder / "user_key.pub").read_bytes())
    line = f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}"
    (folder / "known_hosts").write_text(line)
    return Host(
        address="127.0.0.1",
        port=port,
        user=getuser(),
        key_file=folder / "user_key",
        known_hosts=folder / "known_hosts",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    sys.exit(f"sshd ended with {process.returncode}")
