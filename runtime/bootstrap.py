import json
import secrets
from pathlib import Path
from typing import Any

import httpx

from missions.errors import GoneError, UnavailableError
from missions.permissions import Role
from runtime.local.private_files import write_private
from runtime.local.state import ADMINISTRATOR
from stores.postgres.accounts.links import LinkStore
from stores.postgres.database import Database

FILE = "people.json"
PEOPLE: dict[str, tuple[str, frozenset[Role]]] = {
    "operator": ("Olivia Operator", frozenset({Role.OPERATOR})),
    ADMINISTRATOR: ("Ada Approver", frozenset({Role.APPROVER, Role.ADMIN})),
    "second": ("Ben Approver", frozenset({Role.APPROVER})),
}
"""An operator and two approvers, one of them an administrator: a requester cannot approve."""
People = dict[str, dict[str, str]]


async def first_token(database_url: str, org: str) -> str:
    """The one-time token that creates the first administrator. Takes the owner's URL.

    Raises GoneError, and ConflictError if another organization is the installation's first one.
    """
    database = Database(database_url)
    try:
        return await LinkStore(database).bootstrap(org, "Demo shop")
    finally:
        await database.close()


async def password_token(database_url: str, email: str) -> str:
    """The one-time token that sets this person's password. Takes the owner's URL. Raises NotFoundError."""
    database = Database(database_url)
    try:
        return await LinkStore(database).password(email)
    finally:
        await database.close()


async def bootstrap(database_url: str, org: str, api_url: str, data: Path) -> People:
    """Creates the local stack's people through the API, once, with random passwords in `people.json`.

    There are no default credentials. Where the file (mode 600) is lost, the people get new passwords through
    the database's owner.
    """
    file = data / FILE
    if file.exists():
        people: People = json.loads(file.read_text())
        return people
    people = {
        key: {"email": f"{key}@shop.example", "password": secrets.token_urlsafe(18), "name": name}
        for key, (name, _) in PEOPLE.items()
    }
    async with httpx.AsyncClient(base_url=api_url, timeout=30, trust_env=False) as http:
        token = await _administrator(http, database_url, org, people[ADMINISTRATOR])
        http.headers["Authorization"] = f"Bearer {token}"
        for key, (name, roles) in PEOPLE.items():
            if key != ADMINISTRATOR:
                await _member(http, database_url, people[key], {"name": name, "roles": sorted(roles)})
    write_private(file, json.dumps(people, indent=1))
    return people


async def _administrator(http: httpx.AsyncClient, database_url: str, org: str, login: dict[str, str]) -> str:
    """Creates the administrator, or sets their password; returns an access token."""
    try:
        token = await first_token(database_url, org)
    except GoneError:
        await _set_password(http, await password_token(database_url, login["email"]), login["password"])
        body = {"email": login["email"], "password": login["password"]}
        return str((await _post(http, "/api/auth/login", body))["accessToken"])
    return str((await _post(http, "/api/auth/bootstrap", {"token": token, **login}))["accessToken"])


async def _member(
    http: httpx.AsyncClient, database_url: str, login: dict[str, str], more: dict[str, Any]
) -> None:
    response = await http.post("/api/users", json={"email": login["email"], **more})
    if response.status_code == httpx.codes.CONFLICT:  # an earlier start was interrupted
        token = await password_token(database_url, login["email"])
    else:
        token = _content(response)["link"]["token"]
    await _set_password(http, token, login["password"])


async def _set_password(http: httpx.AsyncClient, token: str, password: str) -> None:
    await _post(http, "/api/auth/password/reset", {"token": token, "password": password})


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _content(await http.post(path, json=body))


def _content(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        path = response.request.url.path
        raise UnavailableError(f"{path} responded with {response.status_code}: {response.text}")
    content: dict[str, Any] = response.json() if response.content else {}
    return content
