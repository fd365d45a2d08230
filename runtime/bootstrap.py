import json
import secrets
from pathlib import Path
from typing import Any

import httpx

from missions.errors import GoneError, UnavailableError
from missions.person import Role
from runtime.local.private_files import write_private
from stores.postgres.accounts.links import LinkStore
from stores.postgres.accounts.people import PersonStore
from stores.postgres.database import Database

FILE = "people.json"
ADMIN = "approver"
PEOPLE: dict[str, tuple[str, frozenset[Role]]] = {
    "operator": ("Olivia Operator", frozenset({Role.OPERATOR})),
    ADMIN: ("Ada Approver", frozenset({Role.APPROVER, Role.ADMIN})),
    "second": ("Ben Approver", frozenset({Role.APPROVER})),
}
"""An operator and two approvers, one of whom administers: the requester never decides."""
People = dict[str, dict[str, str]]


async def first_token(database_url: str, org: str) -> str:
    """The one-time token that makes the first administrator. Raises GoneError. Takes the owner's URL."""
    database = Database(database_url)
    try:
        await PersonStore(database).add_org(org, "Demo shop")
        return await LinkStore(database).bootstrap(org)
    finally:
        await database.close()


async def password_token(database_url: str, email: str) -> str:
    """The one-time token that sets this person's password. NotFoundError. Takes the owner's URL."""
    database = Database(database_url)
    try:
        return await LinkStore(database).password(email)
    finally:
        await database.close()


async def bootstrap(database_url: str, org: str, api_url: str, data: Path) -> People:
    """The local stack's first people, made once through the API, with random passwords in `people.json`.

    There are no default credentials. Whoever loses the file (mode 600) starts again: the owner of the
    database sets new passwords.
    """
    file = data / FILE
    if file.exists():
        known: People = json.loads(file.read_text())
        return known
    made = {
        key: {"email": f"{key}@shop.example", "password": secrets.token_urlsafe(18), "name": name}
        for key, (name, _) in PEOPLE.items()
    }
    async with httpx.AsyncClient(base_url=api_url, timeout=30, trust_env=False) as http:
        token = await _administrator(http, database_url, org, made[ADMIN])
        http.headers["Authorization"] = f"Bearer {token}"
        for key, (name, roles) in PEOPLE.items():
            if key != ADMIN:
                await _member(http, database_url, made[key], {"name": name, "roles": sorted(roles)})
    write_private(file, json.dumps(made, indent=1))
    return made


async def _administrator(http: httpx.AsyncClient, database_url: str, org: str, who: dict[str, str]) -> str:
    """An access token of the administrator, who is made, or gets a new password."""
    try:
        token = await first_token(database_url, org)
    except GoneError:
        await _set_password(http, await password_token(database_url, who["email"]), who["password"])
        login = {"email": who["email"], "password": who["password"]}
        return str((await _post(http, "/api/auth/login", login))["accessToken"])
    return str((await _post(http, "/api/auth/bootstrap", {"token": token, **who}))["accessToken"])


async def _member(
    http: httpx.AsyncClient, database_url: str, who: dict[str, str], more: dict[str, Any]
) -> None:
    answer = await http.post("/api/users", json={"email": who["email"], **more})
    if answer.status_code == httpx.codes.CONFLICT:  # of a start that was interrupted
        token = await password_token(database_url, who["email"])
    else:
        token = _content(answer)["link"]["token"]
    await _set_password(http, token, who["password"])


async def _set_password(http: httpx.AsyncClient, token: str, password: str) -> None:
    await _post(http, "/api/auth/password/reset", {"token": token, "password": password})


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _content(await http.post(path, json=body))


def _content(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise UnavailableError(f"{answer.request.url.path} answered {answer.status_code}: {answer.text}")
    content: dict[str, Any] = answer.json() if answer.content else {}
    return content
