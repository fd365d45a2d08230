"""Each route has a user: the console, the command line, the demo, or the documented contract."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.application import create_app
from api.openapi import settings_for_document

METHOD = r"(?:GET|POST|PUT|PATCH|DELETE)"
Route = tuple[str, str]


@pytest.fixture(scope="module")
def routes() -> set[Route]:
    """Method and path of everything under /api."""
    app = create_app(settings_for_document())
    return {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        if str(context.path).startswith("/api") and isinstance(context.original_route, APIRoute)
        for method in context.original_route.methods or ()
    }


def documented(root: Path) -> set[Route]:
    """The routes in docs/api.md; several methods before one path all belong to that path."""
    rows = (root / "docs/api.md").read_text().splitlines()
    documented_routes: set[Route] = set()
    for row in rows:
        cells = row.split("|")
        pending: list[str] = []
        for quoted in re.findall(r"`([^`]+)`", cells[1]) if len(cells) > 2 else ():
            method, _, path = quoted.partition(" ")
            pending.append(method)
            if path:
                documented_routes |= {(each, path) for each in pending}
                pending = []
    return documented_routes


def _sources(root: Path, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        for path in (root / folder).rglob("*"):
            if path.suffix in suffixes and path.name != "schema.d.ts":
                yield path.read_text()


def of_console(root: Path) -> set[Route]:
    """The console's routes: typed calls name method and path; a path that a function gets is a POST."""
    calls: set[Route] = set()
    for source in _sources(root, ("console/src",), (".ts", ".tsx")):
        typed = re.findall(rf'api\.({METHOD})\(\s*"(/api/[^"]+)"', source)
        calls |= set(typed)
        handed_on = set(re.findall(r'"(/api/[^"]+)"', source)) - {path for _, path in typed}
        calls |= {("POST", path) for path in handed_on}
        calls |= {("GET", path) for path in re.findall(r"[`\"](/api/[^`\"]*\$\{[^`]*)`", source)}
    return {(method, _pattern(path)) for method, path in calls}


def of_programs(root: Path) -> set[Route]:
    """Method and path of the HTTP calls in the command line and the demo."""
    sent = re.compile(rf'"({METHOD})",\s*f?"(/api/[^"?]+)')
    read = re.compile(r'\.get\(\s*f?"(/api/[^"?]+)')
    calls: set[Route] = set()
    for source in _sources(root, ("cli", "demo"), (".py",)):
        calls |= set(sent.findall(source)) | {("GET", path) for path in read.findall(source)}
    return {(method, _pattern(path)) for method, path in calls}


def _pattern(path: str) -> str:
    """The path without a query, with every parameter written alike."""
    return re.sub(r"\$?\{[^}]*\}", "{}", path).partition("?")[0]


def test_each_route_has_a_user(root: Path, routes: set[Route]) -> None:
    """A route that neither this repository uses nor docs/api.md lists is removed."""
    used = of_console(root) | of_programs(root)
    used |= {(method, _pattern(path)) for method, path in documented(root)}
    assert {route for route in routes if (route[0], _pattern(route[1])) not in used} == set()


def test_each_documented_route_exists(root: Path, routes: set[Route]) -> None:
    """Every route in docs/api.md is served."""
    assert documented(root) - routes == set()
