"""The commands of `ops`. Exit codes: 1 failed, 2 wrong command, 4 unknown service, 9 changed meanwhile."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.operations.tool import infrastructure
from lab.operations.tool.layout import Layout
from lab.operations.tool.receipts import Receipts, RunningError
from lab.operations.tool.releases import ReleaseError
from lab.operations.tool.service import Caller, ChangedError, Service

FAILED, WRONG, UNKNOWN, RUNNING, CHANGED = 1, 2, 4, 8, 9
REMOTE = ("state", "restart", "scale", "rollback")
"""What may be asked from another machine."""


@dataclass(frozen=True)
class CommandResult:
    """The exit code and a text of one or several lines."""

    code: int
    text: str


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]  # the base class exits here
        raise ValueError(message)


def parser() -> argparse.ArgumentParser:
    """The command line without the lab's directory."""
    top = _Parser(prog="ops", description="What operators of the lab do.")
    verbs = top.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    for verb in ("state", "start", "restart", "scale", "rollback", "deploy"):
        command = verbs.add_parser(verb)
        command.add_argument("service")
        if verb == "scale":
            command.add_argument("value", type=int, metavar="replicas")
        elif verb == "rollback":
            command.add_argument("value", type=int, nargs="?", metavar="revision")
        elif verb == "deploy":
            command.add_argument(
                "--app", type=Path, help="the folder of the code; without it the present one"
            )
            command.add_argument("--config", help="a commit of the configuration; without it the present one")
        if verb not in ("state", "start"):
            command.add_argument("--key", help="runs at most once under this key")
            command.add_argument("--generation", type=int, help="refuse in any other generation")
            command.add_argument("--dry-run", action="store_true")
    return top


def run(layout: Layout, argv: Sequence[str], who: str) -> CommandResult:
    """Runs one command."""
    try:
        arguments = parser().parse_args(argv)
    except ValueError as error:
        return CommandResult(WRONG, f"ops: {error}")
    if arguments.service not in (*layout.services, *layout.infrastructure):
        return CommandResult(UNKNOWN, f"ops: there is no service {arguments.service}")
    try:
        return CommandResult(0, _once(layout, arguments, who))
    except ChangedError as error:
        return CommandResult(CHANGED, f"ops: {error}")
    except RunningError as error:
        return CommandResult(RUNNING, f"ops: {error}")
    except (RuntimeError, ValueError, OSError) as error:
        return CommandResult(FAILED, f"ops: {error}")


def run_remote(layout: Layout, line: str, services: Sequence[str], who: str) -> CommandResult:
    """Runs a line such as `ops restart catalog`, if it is allowed from another machine."""
    try:
        program, *argv = shlex.split(line)
    except ValueError:
        return CommandResult(WRONG, "ops: a command is missing")
    if program != "ops" or not argv or argv[0] not in REMOTE:
        return CommandResult(WRONG, f"ops: only {', '.join(REMOTE)} may be asked from here")
    if len(argv) > 1 and argv[1] not in services:
        return CommandResult(UNKNOWN, f"ops: there is no service {argv[1]}")
    return run(layout, argv, who)


def _once(layout: Layout, arguments: argparse.Namespace, who: str) -> str:
    key = getattr(arguments, "key", None)
    if key is None or arguments.dry_run:
        return _do(layout, arguments, who)
    receipts = Receipts(layout.receipts)
    earlier = receipts.begin(key)
    if earlier is not None:
        return earlier
    try:
        detail = _do(layout, arguments, who)
    except (ChangedError, ReleaseError, ValueError):
        receipts.forget(key)
        raise
    except BaseException as error:
        receipts.finish(key, str(error), done=False)
        raise
    receipts.finish(key, detail, done=True)
    return detail


def _do(layout: Layout, arguments: argparse.Namespace, who: str) -> str:
    name, verb = arguments.service, arguments.verb
    caller = Caller(who, getattr(arguments, "key", None), getattr(arguments, "generation", None))
    if name in layout.infrastructure:
        if verb == "state":
            return _lines(infrastructure.state(layout, name))
        if verb != "restart":
            raise ValueError(f"{name} can only be restarted")
        return f"would restart {name}" if arguments.dry_run else infrastructure.restart(layout, name, caller)
    service = Service(layout, name)
    match verb:
        case "state":
            return _lines(service.state)
        case "start":
            return service.start()
    if arguments.dry_run:
        return _would(service, arguments)
    match verb:
        case "restart":
            return service.restart(caller)
        case "scale":
            return service.scale(arguments.value, caller)
        case "rollback":
            return service.rollback(_revision(service, arguments.value), caller)
    return service.deploy(arguments.app, arguments.config, caller)


def _would(service: Service, arguments: argparse.Namespace) -> str:
    match arguments.verb:
        case "scale":
            service.check_replicas(arguments.value)
            return f"would scale {arguments.service} to {arguments.value} instances"
        case "rollback":
            release = service.releases.read(_revision(service, arguments.value))
            return f"would switch {arguments.service} to revision {release.revision} ({release.version})"
    return f"would {arguments.verb} {arguments.service}"


def _revision(service: Service, revision: int | None) -> int:
    """Without a revision the one before the current one."""
    if revision is not None:
        return revision
    current = service.releases.current()
    if current is None or current.previous is None:
        raise ReleaseError("there is no earlier release")
    return current.previous


def _lines(state: dict[str, int | str | None]) -> str:
    return "\n".join(f"{name}={'' if value is None else value}" for name, value in state.items())
