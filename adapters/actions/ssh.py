import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from adapters.actions.configuration import Commands, Host
from adapters.actions.target_state import target_state
from adapters.actions.templates import fill, placeholder_values
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, Scalar, TargetState

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,99}")
_DETAIL_LENGTH = 300
_MAX_OUTPUT = 100_000  # characters


class SshActuator:
    """Runs commands of an allow-list on one host, each with a deadline.

    After a lost connection a command runs again only if the configuration says that it is idempotent.
    """

    def __init__(self, host: Host, commands: Commands, timeout: float) -> None:
        self.repeatable = commands.idempotent
        self._host = host
        self._commands = commands
        self._timeout = timeout

    async def state(self, service: str) -> TargetState:
        """Runs the command `state`. Raises NotFoundError, RefusedError and UnavailableError."""
        code, out, err = await self._run(_line(self._commands.state, placeholder_values(service)))
        if code == 4:  # noqa: PLR2004  systemctl's "no such unit"
            raise NotFoundError(f"{self._host.address} has no service {service!r}.")
        if code != 0:
            raise UnavailableError(
                f"The state of {service} could not be read (exit code {code}): {_one_line(err)}"
            )
        pairs = (line.partition("=") for line in out.splitlines() if "=" in line)
        response = {name.strip(): _number(value.strip()) for name, _, value in pairs}
        return target_state(service, response, self._commands.fields)

    async def rehearse(self, action: Action) -> str:
        """Runs the dry run if one is configured. Raises RefusedError where it fails."""
        values = placeholder_values(action.service, action, "dry-run")
        line = _line(self._command(action), values)
        argv = self._commands.rehearse.get(action.kind)
        if argv is None:
            return f"It would run on {self._host.address}: {line}"
        code, out, err = await self._run(_line(argv, values))
        if code != 0:
            raise RefusedError(f"The dry run failed (exit code {code}): {_one_line(err or out)}")
        return f"{self._host.address} says: {_one_line(out) or 'nothing against it'}"

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:  # noqa: ARG002  a shell compares nothing
        """Runs the command once. The receipt is uncertain where the connection was lost meanwhile."""
        try:
            line = _line(self._command(action), placeholder_values(action.service, action, key))
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        async with self._connection() as connection:  # nothing was sent: an error here is safe to retry
            try:
                code, out, err = await self._run_on(connection, line)
            except UnavailableError as error:
                if self.repeatable:
                    raise
                detail = f"Started once; its outcome is unknown: {error.detail}"
                return Receipt(key=key, applied=False, certain=False, detail=detail)
        if code != 0:
            # A failed command may have changed something.
            detail = f"{line}: exit code {code}: {_one_line(err or out)}"
            return Receipt(key=key, applied=False, certain=False, detail=detail)
        return Receipt(key=key, applied=True, detail=f"{line}: {_one_line(out) or 'done'}")

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  a shell keeps no keys
        """Always None: a host does not know which keys were executed."""
        return None

    async def close(self) -> None:
        """Does nothing: no connection stays open between calls."""

    def _command(self, action: Action) -> tuple[str, ...]:
        if action.kind not in self._commands.actions:
            raise RefusedError(f"No command is configured for {action.kind}.")
        return self._commands.actions[action.kind]

    async def _run(self, line: str) -> tuple[int, str, str]:
        async with self._connection() as connection:
            return await self._run_on(connection, line)

    async def _run_on(self, connection: asyncssh.SSHClientConnection, line: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr. At the deadline the command ends with its channel."""
        try:
            async with asyncio.timeout(self._timeout):
                done = await connection.run(line, check=False, stdin=asyncssh.DEVNULL)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise UnavailableError(
                f"The connection to {self._host.address} was lost ({type(error).__name__})."
            ) from error
        if done.returncode is None or done.returncode < 0:
            raise UnavailableError(f"The command on {self._host.address} was ended by a signal.")
        return done.returncode, str(done.stdout or "")[:_MAX_OUTPUT], str(done.stderr or "")[:_MAX_OUTPUT]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        host = self._host
        try:
            async with asyncio.timeout(self._timeout):
                connection = await asyncssh.connect(
                    host.address,
                    host.port,
                    username=host.user,
                    client_keys=[str(host.key_file)],
                    known_hosts=str(host.known_hosts),
                    config=None,  # not the worker's ~/.ssh, nor its agent
                    agent_path=None,
                    preferred_auth="publickey",
                )
        except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
            raise UnavailableError(f"Cannot sign in to {host.address} ({type(error).__name__}).") from error
        try:
            yield connection
        finally:
            connection.abort()


def _line(argv: tuple[str, ...], values: dict[str, Scalar]) -> str:
    """A shell line with every word quoted. Raises RefusedError for a value that is not a plain name."""
    for name, value in values.items():
        if not isinstance(value, (int, float)) and not _PLAIN_NAME.fullmatch(str(value)):
            raise RefusedError(f"{name} is not a plain name and cannot be part of a command.")
    return shlex.join(str(fill(word, values)) for word in argv)


def _number(text: str) -> int | str | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text or None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_DETAIL_LENGTH]
