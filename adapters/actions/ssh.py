import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from adapters.actions.configuration import Commands, Host
from adapters.actions.filling import filled, values_of
from adapters.actions.reading import target_state
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, Scalar, TargetState

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,99}")
_DETAIL = 300
_LARGEST = 100_000  # characters of an answer


class SshActuator:
    """Runs commands of an allow-list on one host, each with a deadline; what is lost is not run again."""

    def __init__(self, host: Host, commands: Commands, timeout: float) -> None:
        self.repeatable = commands.idempotent
        self._host = host
        self._commands = commands
        self._timeout = timeout

    async def state(self, service: str) -> TargetState:
        """Runs the reading command. Raises NotFoundError, RefusedError and UnavailableError."""
        code, out, err = await self._run(_line(self._commands.state, values_of(service)))
        if code == 4:  # noqa: PLR2004  systemctl's "no such unit"
            raise NotFoundError(f"{self._host.address} has no service {service!r}.")
        if code != 0:
            raise UnavailableError(
                f"The state of {service} could not be read (exit code {code}): {_cut(err)}"
            )
        pairs = (line.partition("=") for line in out.splitlines() if "=" in line)
        answer = {name.strip(): _number(value.strip()) for name, _, value in pairs}
        return target_state(service, answer, self._commands.fields)

    async def rehearse(self, action: Action) -> str:
        """Runs the dry run where there is one. Raises RefusedError where it fails."""
        values = values_of(action.service, action, "dry-run")
        line = _line(self._command(action), values)
        argv = self._commands.rehearse.get(action.kind)
        if argv is None:
            return f"It would run on {self._host.address}: {line}"
        code, out, err = await self._run(_line(argv, values))
        if code != 0:
            raise RefusedError(f"The dry run failed (exit code {code}): {_cut(err or out)}")
        return f"{self._host.address} says: {_cut(out) or 'nothing against it'}"

    async def apply(self, action: Action, key: str) -> Receipt:
        """Runs the command once. Where the connection is lost meanwhile, the receipt says so."""
        try:
            line = _line(self._command(action), values_of(action.service, action, key))
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        async with self._signed_in() as connection:  # nothing is sent yet: its errors may be tried again
            try:
                code, out, err = await self._on(connection, line)
            except UnavailableError as error:
                if self.repeatable:
                    raise
                told = f"Started once, and it is not known whether it ended: {error.detail}"
                return Receipt(key=key, applied=False, certain=False, detail=told)
        if code != 0:
            # A command that failed may have changed something on its way.
            detail = f"{line}: exit code {code}: {_cut(err or out)}"
            return Receipt(key=key, applied=False, certain=False, detail=detail)
        return Receipt(key=key, applied=True, detail=f"{line}: {_cut(out) or 'done'}")

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  a shell remembers nothing
        """A host does not know what was run under a key."""
        return None

    async def close(self) -> None:
        """Nothing stays open between calls."""

    def _command(self, action: Action) -> tuple[str, ...]:
        if action.kind not in self._commands.actions:
            raise RefusedError(f"No command is configured for {action.kind}.")
        return self._commands.actions[action.kind]

    async def _run(self, line: str) -> tuple[int, str, str]:
        async with self._signed_in() as connection:
            return await self._on(connection, line)

    async def _on(self, connection: asyncssh.SSHClientConnection, line: str) -> tuple[int, str, str]:
        """Exit code, output and errors. A command ends with its channel where the deadline cuts it short."""
        try:
            async with asyncio.timeout(self._timeout):
                done = await connection.run(line, check=False, stdin=asyncssh.DEVNULL)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise UnavailableError(f"{self._host.address} was lost ({type(error).__name__}).") from error
        if done.returncode is None or done.returncode < 0:
            raise UnavailableError(f"The command on {self._host.address} was ended by a signal.")
        return done.returncode, str(done.stdout or "")[:_LARGEST], str(done.stderr or "")[:_LARGEST]

    @asynccontextmanager
    async def _signed_in(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        host = self._host
        try:
            async with asyncio.timeout(self._timeout):
                connection = await asyncssh.connect(
                    host.address,
                    host.port,
                    username=host.user,
                    client_keys=[str(host.key_file)],
                    known_hosts=str(host.known_hosts),
                    config=None,  # neither the worker's ~/.ssh nor its agent
                    agent_path=None,
                    preferred_auth="publickey",
                )
        except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
            raise UnavailableError(
                f"{host.address} cannot be signed in to ({type(error).__name__})."
            ) from error
        try:
            yield connection
        finally:
            connection.abort()


def _line(argv: tuple[str, ...], values: dict[str, Scalar]) -> str:
    """One line for the shell, every word quoted. Raises RefusedError where a value is not a plain name."""
    for name, value in values.items():
        if not isinstance(value, (int, float)) and not _PLAIN.fullmatch(str(value)):
            raise RefusedError(f"{name} is not a plain name, so no command is made of it.")
    return shlex.join(str(filled(word, values)) for word in argv)


def _number(text: str) -> int | str | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text or None


def _cut(text: str) -> str:
    return " ".join(text.split())[:_DETAIL]
