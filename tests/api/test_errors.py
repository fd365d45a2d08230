"""What all responses have in common: problems, correlation ids, limits, headers."""

import json
import logging
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from loopback import dead_port, served
from served_api import PASSWORD, PROMPT, World, api_settings, world

from api.application import create_app
from missions.permissions import Role

REFERENCE = re.compile(r"#/components/schemas/(\w+)")
MEMBERS = {"type", "title", "status", "detail", "error", "correlationId"}


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["title"]
    assert problem["error"]
    assert problem["correlationId"] == answer.headers["X-Correlation-Id"] != ""
    assert_headers(answer)


def assert_headers(answer: httpx.Response) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers


async def test_every_error_is_a_problem(api: World) -> None:
    """Every error is application/problem+json with title, status, detail, error and correlation id."""
    viewer, operator = await api.member(Role.VIEWER), await api.member(Role.OPERATOR)
    assert_problem(await api.client().get("/api/missions"), 401)
    assert_problem(await viewer.http.post("/api/missions", json={"prompt": PROMPT}), 403)
    assert_problem(await api.client().get("/api/nowhere"), 404)
    assert_problem(await api.client().get("/nowhere"), 404)
    assert_problem(await operator.http.get("/api/missions/not-an-id"), 422)
    assert_problem(await api.client().put("/api/auth/login"), 405)
    kind = {"Content-Type": "application/json"}
    assert_problem(await operator.http.post("/api/missions", content=b"{no json", headers=kind), 422)
    deep = b"[" * 60_000
    answer = await operator.http.post("/api/missions", content=deep, headers=kind)
    assert_problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)
    answer = await operator.http.post("/api/missions", content=b"\xff\xfe", headers=kind)
    assert_problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)


async def test_answers_carry_the_same_headers(api: World) -> None:
    """Successful responses have the same security headers as errors."""
    answer = await api.client().get("/api/health/ready")
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "temporal": "ok"}}
    assert_headers(answer)


@pytest.mark.parametrize("correlation_id", ["abc123", "7f3c2f2e-0b8e-4c1d-9d0e-2f3b1a5c6d7e", "a" * 64])
async def test_a_correlation_id_comes_back(api: World, correlation_id: str) -> None:
    """A valid correlation id is returned in responses and in problems, hyphens included."""
    sent = {"X-Correlation-Id": correlation_id}
    assert (await api.client().get("/api/health/live", headers=sent)).headers[
        "X-Correlation-Id"
    ] == correlation_id
    assert (await api.client().get("/api/missions", headers=sent)).json()["correlationId"] == correlation_id


@pytest.mark.parametrize("hostile", ["", "a" * 65, "<script>", "a b", "ä", "x;y", '"', "%0d%0aSet-Cookie:a"])
async def test_a_hostile_correlation_id_is_replaced(api: World, hostile: str) -> None:
    """An invalid correlation id is replaced by a generated one."""
    sent = {b"X-Correlation-Id": hostile.encode()}
    made = (await api.client().get("/api/health/live", headers=sent)).headers["X-Correlation-Id"]
    assert made != hostile
    assert made.isalnum()


async def chunks(size: int, together: int) -> AsyncIterator[bytes]:
    yield b'{"prompt": "'
    for _ in range(together // size):
        yield b"x" * size
    yield b'"}'


async def test_a_body_has_a_limit(api: World) -> None:
    """A body over 64 KB is 413, with or without a Content-Length, and nothing is stored."""
    operator = await api.member(Role.OPERATOR)
    response = await operator.http.post("/api/missions", json={"prompt": PROMPT, "priority": "x" * 65_536})
    assert_problem(response, 413)
    kind = {"Content-Type": "application/json"}
    content = chunks(8192, 1024 * 1024)
    chunked = await operator.http.post("/api/missions", content=content, headers=kind)
    assert_problem(chunked, 413)
    just = await operator.http.post("/api/missions", content=chunks(1000, 4000), headers=kind)
    assert just.status_code == 201
    assert (await operator.http.get("/api/missions")).json()["pagination"]["total"] == 1


@pytest.fixture
async def failing(api: World) -> AsyncIterator[str]:
    """The same application with an additional route that raises."""
    app: FastAPI = create_app(api_settings(api.places, api.urls.api))

    @app.get("/api/failing")
    async def fail() -> None:
        raise RuntimeError("the password is hunter2")

    async with served(app) as url:
        yield url


async def test_we7_an_internal_error_tells_nothing(failing: str, caplog: pytest.LogCaptureFixture) -> None:
    """An internal error is 500 with a correlation id and the usual headers; its reason is only in the log."""
    with caplog.at_level(logging.CRITICAL, logger="uvicorn.error"):
        async with httpx.AsyncClient(base_url=failing, trust_env=False) as client:
            answer = await client.get("/api/failing", headers={"X-Correlation-Id": "abc"})
    assert_problem(answer, 500)
    assert answer.json()["correlationId"] == "abc"
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


async def test_without_its_database_it_says_come_again(api: World) -> None:
    """Without its database the API answers 503 with Retry-After, and is live but not ready."""
    async with world(api.places, api.urls, database_url=_dead(api.urls.api)) as cut_off:
        client = cut_off.client((await api.member(Role.ADMIN)).token)
        answer = await client.get("/api/missions")
        assert_problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
        login = {"email": "a@b.c", "password": PASSWORD}
        assert_problem(await client.post("/api/auth/login", json=login), 503)
        ready = await client.get("/api/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "degraded")
        assert ready.json()["checks"]["temporal"] == "ok"
        assert (await client.get("/api/health/live")).status_code == 200


async def test_without_temporal_it_is_ready_and_says_so(api: World) -> None:
    """Without Temporal the API is ready (200) and degraded, because missions are still accepted."""
    async with world(api.places, api.urls, temporal_address=f"127.0.0.1:{dead_port()}") as cut_off:
        ready = await cut_off.client().get("/api/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert ready.json()["checks"]["temporal"] != "ok"


async def test_documentation_is_off_unless_switched_on(api: World) -> None:
    """Documentation is 404 by default, and 200 where the setting enables it."""
    for path in ("/docs", "/openapi.json", "/redoc"):
        assert (await api.client().get(path)).status_code == 404
    async with world(api.places, api.urls, docs=True) as open_one:
        assert (await open_one.client().get("/docs")).status_code == 200
        assert (await open_one.client().get("/openapi.json")).status_code == 200


def test_az7_no_answer_has_a_field_for_a_secret(api: World) -> None:
    """No response schema has a field for a password, a secret or a hash of one."""
    described = api.app.openapi()
    schemas, waiting, fields = described["components"]["schemas"], [], set()
    for methods in described["paths"].values():
        for operation in methods.values():
            waiting += REFERENCE.findall(json.dumps(operation["responses"]))
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            fields |= set(schemas[name].get("properties", {}))
            waiting += REFERENCE.findall(json.dumps(schemas[name]))
    assert {"accessToken", "actionHash", "nextCursor"} <= fields
    words = ("password", "secret", "hash", "digest")
    secret_fields = {field for field in fields if any(word in field.lower() for word in words)}
    assert secret_fields == {"actionHash", "hash"}, "the hashes of actions and audit entries are public"


def _dead(url: str) -> str:
    head, _, tail = url.rpartition("@")
    return f"{head}@127.0.0.1:{dead_port()}/{tail.rpartition('/')[2]}"
