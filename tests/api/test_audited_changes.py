"""LG4: every route that changes something writes exactly one audit entry."""

import pytest
from changing_requests import CHANGING_REQUESTS, NOT_HERE
from served_api import ORG, World
from sqlalchemy import text

from missions.permissions import Role

METHODS = ("post", "put", "patch", "delete")
ENTRIES = text(
    "SELECT deed FROM audit_entries WHERE correlation_id = :id"
    " UNION ALL SELECT deed FROM shared.audit_entries WHERE correlation_id = :id"
)


def test_lg4_every_mutating_route_is_walked(api: World) -> None:
    """A new route that changes something fails here until changing_requests.py has a request for it."""
    paths = api.app.openapi()["paths"]
    routes = {(method.upper(), path) for path, item in paths.items() for method in METHODS if method in item}
    assert routes == set(CHANGING_REQUESTS) | set(NOT_HERE)


@pytest.mark.parametrize("route", CHANGING_REQUESTS, ids=" ".join)
async def test_lg4_it_yields_exactly_one_entry(api: World, route: tuple[str, str]) -> None:
    """Exactly one entry has the request's correlation id, in both audit chains together."""
    answer = await CHANGING_REQUESTS[route](api, await api.member(*Role))
    assert answer.is_success, answer.text
    async with api.owner.transaction(ORG) as session:
        deeds = (await session.scalars(ENTRIES, {"id": answer.headers["X-Correlation-Id"]})).all()
    assert len(deeds) == 1, deeds


async def test_lg4_a_login_that_fails_is_told(api: World) -> None:
    """A failed login is audited in the system's chain, without the password."""
    member = await api.member(Role.VIEWER)
    for email in (member.person.email, "nobody@shop.example"):
        body = {"email": email, "password": "not the password of anybody"}
        answer = await api.client().post("/api/auth/login", json=body)
        assert answer.status_code == 401
        async with api.owner.transaction() as session:
            query = text("SELECT * FROM shared.audit_entries WHERE correlation_id = :id")
            values = {"id": answer.headers["X-Correlation-Id"]}
            (row,) = (await session.execute(query, values)).all()
        assert (row.deed, row.result, row.actor) == ("login.failed", "refused", email)
        assert "not the password" not in str(row)
