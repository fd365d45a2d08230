"""The console's files: how they are served, and their Content-Security-Policy."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api import edge, errors
from api.measures import Measures
from api.routes import console

SCRIPT = "console.log('ä')" * 50


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>console</title>")
    (tmp_path / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "assets/main-abc.js").write_text(SCRIPT)
    (tmp_path / "assets/main-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "assets/main-abc.css").write_text("body{}")
    (tmp_path / "secret.txt").write_text("never served")
    return tmp_path


@pytest.fixture
async def site(files: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    console.install(app, "https://pictures.example:9000/bucket", files)
    errors.install(app)
    edge.install(app, Measures())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console") as client:
        yield client


async def test_every_page_is_the_console_under_a_strict_policy(site: httpx.AsyncClient) -> None:
    """Every page is the console, never cached, with a policy that allows only own files and pictures."""
    for path in ("/", "/missions", "/missions/1?at=3", "/approvals/2", "/settings", "/new", "/admin/people"):
        answer = await site.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), path
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "img-src 'self' blob: https://pictures.example:9000" in policy
        assert "frame-ancestors 'none'" in policy
        assert not any("unsafe" in part or "*" in part for part in policy)


async def test_assets_are_kept_for_ever_and_come_packed(site: httpx.AsyncClient) -> None:
    """Assets are immutable because their names have a hash; clients that accept gzip get gzip."""
    plain = await site.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    packed = await site.get("/assets/main-abc.js")
    assert plain.text == packed.text == SCRIPT
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed, await site.get("/assets/main-abc.css")):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert packed.headers["Content-Type"].startswith("text/javascript")
    assert (await site.get("/icon.svg")).headers["Content-Type"].startswith("image/svg+xml")


@pytest.mark.parametrize(
    "path",
    ["/assets/..%2fsecret.txt", "/assets/%2e%2e/secret.txt", "/assets/none.js", "/assets/.hidden", "/x"],
)
async def test_nothing_else_is_served(site: httpx.AsyncClient, path: str) -> None:
    """No path leads outside the folder, and unknown addresses are 404."""
    answer = await site.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_mistyped_address_is_a_page_for_people(site: httpx.AsyncClient) -> None:
    """A browser gets the console's page as 404 under its policy; programs get a problem."""
    people = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = await site.get("/mission", headers=people)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/assets/none.js", "/socket.io/none"):
        answer = await site.get(path, headers=people)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json"), path
    assert (await site.post("/mission", headers=people)).status_code == 404


async def test_without_a_build_it_says_so(tmp_path: Path) -> None:
    """Without a build, the API works and its root page says how to build the console."""
    app = FastAPI()
    console.install(app, "http://127.0.0.1:1", tmp_path)
    errors.install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console") as client:
        answer = await client.get("/")
    assert answer.status_code == 404
    assert "make setup" in answer.json()["detail"]
