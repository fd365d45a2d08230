"""`ops-agent`: starts and follows missions, decides approvals and administers an installation."""

import os
import select
import signal
import sys
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console

from cli.admin import admin, bootstrap
from cli.audit import audit
from cli.client import ApiClient, ApiError
from cli.dashboards import dashboards
from cli.follow import Follower, approval_asked
from cli.options import Data, Who, client_of, run
from cli.policy import policy
from cli.rca import rca
from cli.show import EventPrinter, approval_card, escape
from missions.approval import AfterDenial
from runtime.local.lock import holder
from runtime.local.state import ADMINISTRATOR
from runtime.local_settings import CliSettings
from runtime.settings import load

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(policy, name="policy", help="Check a policy file before it is used: test, lint.")
app.command()(bootstrap)
app.command()(rca)
app.add_typer(admin, name="owner", help="Commands of the database's owner: migrate, make logins and people.")
app.add_typer(audit, name="audit")
app.add_typer(dashboards, name="dashboards")
console = Console()
Why = Annotated[str, typer.Option(help="The reason; required from risk MEDIUM.")]


@app.command()
def mission(
    prompt: str,
    data: Data = None,
    who: Who = "operator",
    *,
    follow: Annotated[bool, typer.Option(help="Watch it live.")] = True,
) -> None:
    """Start a mission from a sentence, and watch it."""
    run(_mission(client_of(data, who), prompt, follow=follow))


@app.command()
def watch(mission_id: str, data: Data = None, who: Who = "operator") -> None:
    """Watch a mission from its first event."""
    run(_watch(client_of(data, who), mission_id))


@app.command()
def missions(data: Data = None, who: Who = "operator") -> None:
    """List missions, newest first."""
    run(_missions(client_of(data, who)))


@app.command()
def cancel(mission_id: str, data: Data = None, who: Who = "operator") -> None:
    """Ask a mission to stop."""
    run(_send(client_of(data, who), "POST", f"/api/missions/{mission_id}/cancel"))


@app.command()
def approvals(data: Data = None, who: Who = "approver") -> None:
    """Show the pending approvals."""
    run(_approvals(client_of(data, who)))


@app.command()
def approve(
    approval_id: str,
    notes: Why = "",
    target: Annotated[str, typer.Option(help="The target's name; required from risk HIGH.")] = "",
    data: Data = None,
    who: Who = "approver",
) -> None:
    """Approve exactly the action that is shown."""
    run(
        _respond(
            client_of(data, who), approval_id, {"status": "APPROVED", "notes": notes, "typedTarget": target}
        )
    )


@app.command()
def deny(
    approval_id: str,
    notes: Why = "",
    then: Annotated[
        AfterDenial, typer.Option(help="Try the next candidate, or end the mission.")
    ] = AfterDenial.END,
    data: Data = None,
    who: Who = "approver",
) -> None:
    """Deny the action. One denial is enough."""
    denial = {"status": "DENIED", "notes": notes, "then": then.value}
    run(_respond(client_of(data, who), approval_id, denial))


@app.command()
def withdraw(approval_id: str, reason: str = "", data: Data = None, who: Who = "approver") -> None:
    """Withdraw your vote, until the action starts. A withdrawn vote that decided becomes a denial."""
    path = f"/api/approvals/{approval_id}/withdraw"
    run(_send(client_of(data, who), "POST", path, {"reason": reason}))


@app.command()
def codec(data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """Print a codec server for the Temporal UI's settings; anyone with the link can use it for minutes."""
    run(_send(client_of(data, who), "POST", "/api/codec/links"))


@app.command()
def reseal(data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """Seal all dashboards' credentials with the newest key, after `owner browser-key`."""
    run(_send(client_of(data, who), "POST", "/api/dashboards/reseal"))


@app.command()
def down(data: Data = None) -> None:
    """Stop the stack of the data directory, and wait until it has stopped."""
    folder = data or load(CliSettings).ops_agent_data
    pid = holder(folder)
    if pid is None:
        console.print("No stack is running.")
        return
    try:
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGTERM)
    except ProcessLookupError:
        return
    if not select.select([handle], [], [], 60)[0]:
        raise ApiError(0, f"Process {pid} did not stop within a minute; its log is in {folder / 'logs'}.")
    console.print("stopped")


async def _mission(client: ApiClient, prompt: str, *, follow: bool) -> None:
    async with client:
        key = {"Idempotency-Key": str(uuid4())}
        started = await client.send("POST", "/api/missions", {"prompt": prompt}, key)
        console.print(f"mission {started['missionId']}")
        if follow:
            await _follow(client, started["missionId"])


async def _watch(client: ApiClient, mission_id: str) -> None:
    async with client:
        await _follow(client, mission_id)


async def _follow(client: ApiClient, mission_id: str) -> None:
    printer, follower = EventPrinter(console), Follower(client, mission_id)
    async for event in follower.events():
        printer.show(event)
        if (approval_id := approval_asked(event)) is not None:
            console.print(f"[yellow]In another terminal: ops-agent approve {approval_id} --notes …[/]")


async def _missions(client: ApiClient) -> None:
    async with client:
        for row in (await client.get("/api/missions"))["missions"]:
            outcome = (row["outcome"] or "").replace("_", " ")
            so_far = " so far" if row.get("looksAgainAt") else ""
            console.print(f"{row['id']}  {row['status']:<17} {outcome + so_far:<19} {escape(row['title'])}")


async def _send(client: ApiClient, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    async with client:
        console.print_json(data=await client.send(method, path, body or {}))


async def _approvals(client: ApiClient) -> None:
    async with client:
        pending = (await client.get("/api/approvals", status="PENDING"))["approvals"]
        for approval in pending:
            console.print(approval_card(approval))
        if not pending:
            console.print("No pending approvals.")


async def _respond(client: ApiClient, approval_id: str, vote: dict[str, Any]) -> None:
    async with client:
        shown = await client.get(f"/api/approvals/{approval_id}")
        console.print(approval_card(shown))
        body = vote | {"actionHash": shown["actionHash"]}
        decided = await client.send("PATCH", f"/api/approvals/{approval_id}/respond", body)
        console.print(f"The approval is now [bold]{decided['status']}[/].")


def main() -> None:
    """Runs the command; an ApiError is printed as one line, with exit code 1."""
    try:
        app()
    except ApiError as error:
        console.print(f"[red]{escape(str(error))}[/]", highlight=False, soft_wrap=True)
        sys.exit(1)
