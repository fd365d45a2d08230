"""The real API on the benchmark's own servers, with clients that are signed in."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from api.application import create_app
from api.dependencies.container import ApiDependencies
from bench._approval_stack import PAYLOAD_KEY, ROOT, StackAddresses
from missions.caller import NOWHERE
from missions.person import Person
from runtime.process_settings import ApiSettings
from runtime.setting_types import Environment


def api_settings(place: StackAddresses, database_url: str) -> ApiSettings:
    """Settings of an API on this database, with limits that no benchmark reaches."""
    rest = place.rest
    key, secret = rest.s3_keys["api"]
    return ApiSettings(
        environment=Environment.LOCAL,
        temporal_address=place.temporal,
        public_url="http://localhost:8000",
        database_url=database_url,
        redis_url=rest.redis_urls["api"],
        payload_keys=PAYLOAD_KEY,
        jwt_secret=secrets.token_hex(32),
        seal_secret=secrets.token_hex(32),
        policy_file=ROOT / "policy" / "demo.json",
        s3_endpoint=rest.s3_endpoint,
        s3_bucket=rest.s3_bucket,
        s3_access_key=key,
        s3_secret_key=secret,
        max_concurrent_missions=1000,
        organizations_per_hour=1000,
        requests_per_minute=1_000_000,
    )


async def signed_in_client(dependencies: ApiDependencies, url: str, person: Person) -> httpx.AsyncClient:
    """A client of the API, signed in as this person."""
    account = await dependencies.authentication.people.by_email(person.email)
    if account is None:
        raise RuntimeError("The person is not stored.")
    opened = await dependencies.accounts.sessions.open(account, NOWHERE, "bench")
    token = dependencies.authentication.tokens.issue(
        account.person, opened.session, account.version, opened.authenticated_at
    )
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)


@asynccontextmanager
async def served(settings: ApiSettings) -> AsyncIterator[tuple[FastAPI, str]]:
    """The real API on a loopback port: the app and its URL."""
    app = create_app(settings)
    # asyncio disables Nagle's algorithm only for sockets of this protocol number. With it, each response
    # waits 40 ms for an acknowledgement.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        try:
            yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
