import asyncio
import json
import secrets
from pathlib import Path

from missions.person import Role
from runtime.local.private_files import write_private
from stores.passwords import Passwords
from stores.postgres.database import Database
from stores.postgres.people import PostgresPeople

FILE = "people.json"
PEOPLE: dict[str, tuple[str, frozenset[Role]]] = {
    "operator": ("Olivia Operator", frozenset({Role.OPERATOR})),
    "approver": ("Ada Approver", frozenset({Role.APPROVER, Role.ADMIN})),
    "second": ("Ben Approver", frozenset({Role.APPROVER})),
}
"""An operator and two approvers, one of whom administers: the requester never decides."""


async def bootstrap(database_url: str, org: str, data: Path) -> dict[str, dict[str, str]]:
    """Makes the organization's first people, once, with random passwords kept in `people.json` (mode 600).

    There are no default credentials: who loses the file removes it and starts again. Takes the owner's URL.
    """
    file = data / FILE
    if file.exists():
        known: dict[str, dict[str, str]] = json.loads(file.read_text())
        return known
    passwords = Passwords()
    people = PostgresPeople(database := Database(database_url))
    await people.add_org(org, "Demo shop")
    made = {}
    for key, (name, roles) in PEOPLE.items():
        password = secrets.token_urlsafe(18)
        digest = await asyncio.to_thread(passwords.hash_now, password)
        email = f"{key}@shop.example"
        await people.add(org, email, name, digest, roles)
        made[key] = {"email": email, "password": password, "name": name}
    await database.close()
    write_private(file, json.dumps(made, indent=1))
    return made
