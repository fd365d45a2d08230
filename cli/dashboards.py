"""`ops-agent dashboards`: registers what missions may look at, from an address."""

import re
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer
from rich.console import Console
from rich.table import Table

from cli.client import ApiClient, ApiError
from cli.options import Data, Who, client_of, run
from cli.show import escape
from missions.connector import MAX_PAGES
from runtime.local.state import ADMINISTRATOR

dashboards = typer.Typer(no_args_is_help=True, help="Register, test and search dashboards.")
console = Console()
Words = Annotated[str, typer.Argument(help="Words of its titles; none for all.")]
_STYLE = {"healthy": "green", "degraded": "yellow", "down": "red"}
_NAME_LENGTH = 41
_NAME = re.compile("[a-z][a-z0-9-]{0,40}")


@dashboards.command("list")
def list_(data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """List the dashboards, with their health and pages."""
    run(_list(client_of(data, who)))


@dashboards.command()
def add(
    url: Annotated[str, typer.Argument(help="The address at which people open it, with a sub-path.")],
    name: Annotated[str, typer.Option(help="A short name; default: its host.")] = "",
    type_: Annotated[str, typer.Option("--type", help="The product; default: what answers there.")] = "",
    environment: Annotated[
        str, typer.Option(help="Whose services it shows; default: that of all others, else production.")
    ] = "",
    user: Annotated[str, typer.Option(help="Sign in to Grafana as this user; asks for the password.")] = "",
    header: Annotated[
        list[str] | None, typer.Option(help="A header that it needs; asks for its value. Repeatable.")
    ] = None,
    data: Data = None,
    who: Who = ADMINISTRATOR,
    *,
    token: Annotated[bool, typer.Option("--token", help="It takes a bearer token; asks for it.")] = False,
) -> None:
    """Register a dashboard and open it once. Then choose its pages."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise typer.BadParameter(f"{url} is no address of a page: https://{url.partition('://')[2] or url}?")
    if name and not _NAME.fullmatch(name):
        raise typer.BadParameter(f"{name}: a name has lower-case letters, digits and hyphens, at most 41.")
    credentials: dict[str, Any] = {}
    if token:
        credentials["token"] = typer.prompt("Token", hide_input=True)
    if user:
        credentials |= {"username": user, "password": typer.prompt("Password", hide_input=True)}
    if header:
        credentials["headers"] = {each: typer.prompt(each, hide_input=True) for each in header}
    body: dict[str, Any] = {
        "name": name or _name_of(url),
        "baseUrl": url,
        "replace": False,
        "config": {"environment": environment},
        **({"type": type_} if type_ else {}),
        **({"credentials": credentials} if credentials else {}),
    }
    run(_add(client_of(data, who), body))


@dashboards.command("test")
def probe(name: str, data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """Open a dashboard in the worker's browser, and say what it lacks. Exit code 1 if it is down."""
    run(_test(client_of(data, who), name))


@dashboards.command()
def search(name: str, words: Words = "", data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """List what a dashboard has: its own dashboards, metrics or services."""
    run(_search(client_of(data, who), name, words))


@dashboards.command("add-page")
def add_page(
    name: str,
    words: Words = "",
    path: Annotated[str, typer.Option(help="The path of one of several pages of that title.")] = "",
    data: Data = None,
    who: Who = ADMINISTRATOR,
    *,
    all_pages: Annotated[bool, typer.Option("--all", help="All pages that fit.")] = False,
) -> None:
    """Add the page that a search finds, or all of them: missions will visit it."""
    run(_add_page(client_of(data, who), name, words, path, all_pages=all_pages))


@dashboards.command("remove-page")
def remove_page(name: str, page: str, data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """Stop missions from visiting a page. PAGE is its id in `list`."""
    run(_remove_page(client_of(data, who), name, page))


@dashboards.command()
def remove(name: str, data: Data = None, who: Who = ADMINISTRATOR) -> None:
    """Delete a dashboard with its credentials. What missions have seen of it stays."""
    run(_remove(client_of(data, who), name))


def _name_of(url: str) -> str:
    """A name made of the address's host: `grafana.example.com` becomes `grafana-example-com`."""
    host = (urlsplit(url).hostname or "").lower()
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in host).strip("-")
    return (plain if plain[:1].isalpha() else f"at-{plain}")[:_NAME_LENGTH]


async def _dashboard(client: ApiClient, name: str) -> dict[str, Any]:
    registered = (await client.get("/api/dashboards"))["dashboards"]
    for dashboard in registered:
        if dashboard["name"] == name:
            registration: dict[str, Any] = dashboard
            return registration
    names = ", ".join(dashboard["name"] for dashboard in registered) or "none yet: ops-agent dashboards add"
    raise ApiError(0, f"There is no dashboard {name}. Registered: {names}.")


async def _list(client: ApiClient) -> None:
    async with client:
        registered = (await client.get("/api/dashboards"))["dashboards"]
        if not registered:
            console.print("No dashboards. Register one: ops-agent dashboards add URL")
            return
        table = Table(box=None, padding=(0, 1))
        for heading in ("name", "type", "environment", "health", "address", "pages"):
            table.add_column(heading, overflow="fold")
        for dashboard in registered:
            pages = ", ".join(page["id"] for page in dashboard["config"]["pages"]) or "none"
            table.add_row(
                escape(dashboard["name"]),
                escape(dashboard["type"]),
                escape(dashboard["config"]["environment"]),
                _status(dashboard["health"]),
                escape(dashboard["baseUrl"]),
                escape(pages),
            )
        console.print(table)


async def _add(client: ApiClient, body: dict[str, Any]) -> None:
    async with client:
        registered = (await client.get("/api/dashboards"))["dashboards"]
        body["config"]["environment"] = body["config"]["environment"] or _common_environment(registered)
        if any(dashboard["name"] == body["name"] for dashboard in registered):
            raise ApiError(0, f"There is a dashboard {body['name']} already: give another --name.")
        if "type" not in body:
            body |= await _detected(client, body)
        made = await client.send("POST", "/api/dashboards", body)
        name = escape(made["name"])
        console.print(f"registered [bold]{name}[/]: {escape(made['type'])}, {escape(made['baseUrl'])}")
        console.print("opening it …")
        try:
            health = await client.send("POST", f"/api/dashboards/{made['id']}/test", {})
        except ApiError as error:
            raise ApiError(
                0, f"It is registered, but not tested ({error}): ops-agent dashboards test {name}"
            ) from error
        _show_health(health)
        _print(f"Missions visit none of its pages yet: ops-agent dashboards search {name}, then add-page")
    if health["status"] == "down":
        raise typer.Exit(1)


def _common_environment(registered: list[dict[str, Any]]) -> str:
    """The one environment of all registered dashboards, else production."""
    environments = {dashboard["config"]["environment"] for dashboard in registered}
    return str(environments.pop()) if len(environments) == 1 else "production"


async def _detected(client: ApiClient, body: dict[str, Any]) -> dict[str, str]:
    """The type and the base URL of the product at the address. ApiError where there is none."""
    console.print("detecting the product …")
    address: dict[str, Any] = {field: body[field] for field in ("baseUrl", "credentials") if field in body}
    product = await client.send("POST", "/api/dashboards/detect", address)
    if not product["type"]:
        raise ApiError(0, f"{product['reason']}. To register it nevertheless, give its --type.")
    return {"type": product["type"], "baseUrl": product["baseUrl"]}


async def _test(client: ApiClient, name: str) -> None:
    async with client:
        dashboard = await _dashboard(client, name)
        health = await client.send("POST", f"/api/dashboards/{dashboard['id']}/test", {})
    _show_health(health)
    if health["status"] == "down":
        raise typer.Exit(1)


async def _search(client: ApiClient, name: str, words: str) -> None:
    async with client:
        dashboard = await _dashboard(client, name)
        for match in await _matches(client, dashboard, words):
            _print(f"{escape(match['kind']):<10} {_shown(match)}")


async def _add_page(client: ApiClient, name: str, words: str, path: str, *, all_pages: bool) -> None:
    async with client:
        dashboard = await _dashboard(client, name)
        matches = await _matches(client, dashboard, words)
        matches = [match for match in matches if not path or match["path"] == path]
        exact = [match for match in matches if match["title"].lower() == words.lower()]
        chosen = matches if all_pages else exact or matches
        if not chosen:
            raise ApiError(0, f"None of the pages has the path {path}.")
        if len(chosen) > 1 and not all_pages:
            titles = "".join(f"\n  {_shown(match)}" for match in chosen)
            raise ApiError(0, f"{len(chosen)} pages fit. Give one title, its --path, or --all:{titles}")
        most = MAX_PAGES - len(dashboard["config"]["pages"])
        if len(chosen) > most:
            raise ApiError(0, f"{len(chosen)} pages fit, and {name} may have {most} more: give more words.")
        for match in chosen:
            page = {field: match[field] for field in ("title", "path", "panels", "queries")}
            dashboard = await client.send("POST", f"/api/dashboards/{dashboard['id']}/pages", page)
            _print(f"missions will visit {escape(match['title'])}")
        _show_warnings(dashboard)


async def _remove_page(client: ApiClient, name: str, page: str) -> None:
    async with client:
        dashboard = await _dashboard(client, name)
        ids = [each["id"] for each in dashboard["config"]["pages"]]
        if page not in ids:
            raise ApiError(0, f"{name} has no page {page}. Pages: {', '.join(ids) or 'none'}.")
        await client.send("DELETE", f"/api/dashboards/{dashboard['id']}/pages?{urlencode({'page': page})}")
        _print(f"{escape(page)} is removed")


async def _remove(client: ApiClient, name: str) -> None:
    async with client:
        dashboard = await _dashboard(client, name)
        await client.send("DELETE", f"/api/dashboards/{dashboard['id']}")
        _print(f"{escape(name)} is deleted")


async def _matches(client: ApiClient, dashboard: dict[str, Any], words: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/dashboards/{dashboard['id']}/search", words=words)
    matches: list[dict[str, Any]] = answer["found"]
    if not matches:
        condition = f" with {words!r} in its title" if words else ""
        raise ApiError(0, f"{dashboard['name']} has nothing{condition}.")
    if answer["more"]:
        _print(f"[yellow]These are the first {len(matches)}; give more words to find others.[/]")
    return matches


def _shown(match: dict[str, Any]) -> str:
    """Its title, and its path where it has one of its own."""
    return escape(match["title"] + ("" if match["path"] == "/" else f"  {match['path']}"))


def _show_health(health: dict[str, Any]) -> None:
    source = health.get("source") or {}
    version = f"{source.get('type', '')} {source.get('version', '')}".strip()
    took = f"{health['latencyMs'] / 1000:.1f} s" if health.get("latencyMs") is not None else ""
    parts = [part for part in (_status(health), escape(version), took) if part]
    _print("  ".join(parts))
    if health.get("detail"):
        _print(escape(health["detail"]))
    _show_warnings(health)


def _show_warnings(answer: dict[str, Any]) -> None:
    for warning in answer.get("warnings") or ():
        _print(f"[yellow]{escape(warning['text'])}[/]")


def _print(line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True)


def _status(health: dict[str, Any]) -> str:
    status = health.get("status") or "unknown"
    return f"[{_STYLE.get(status, 'dim')}]{escape(status)}[/]"
