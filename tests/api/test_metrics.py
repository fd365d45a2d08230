"""`/api/metrics` requires its token, and contains no names."""

from prometheus_client.parser import text_string_to_metric_families
from served_api import World

from missions.permissions import Role

TOKEN = {"Authorization": "Bearer a-metrics-token-of-32-bytes-or-more"}


async def test_it_counts_requests_by_route(api: World) -> None:
    """The route label is the route's pattern: ids, invented addresses and people are never labels."""
    member = await api.member(Role.OPERATOR)
    mission_id = await api.mission(member)
    assert (await member.http.get(f"/api/missions/{mission_id}")).status_code == 200
    for made_up in (
        "/api/made-up",
        "/made-up",
        "/api/missions/made-up%20%2F",
        "/socket.io/made-up",
        "/assets/made-up",
    ):
        await member.http.get(made_up)
    for provider in ("a", "api", "oauth"):  # parts of the path as values
        await api.client().get(f"/api/auth/oauth/{provider}/start")
    response = await api.client().get("/api/metrics", headers=TOKEN)
    assert response.status_code == 200
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    requests = families["ops_agent_http_request_duration_seconds"].samples
    counted = {
        (request.labels["method"], request.labels["route"], request.labels["status"]): request.value
        for request in requests
        if request.name.endswith("_count")
    }
    assert counted["GET", "/api/missions/{mission_id}", "200"] >= 1
    assert counted["GET", "/api/auth/oauth/{provider}/start", "404"] >= 3
    assert counted["GET", "elsewhere", "404"] >= 1
    assert {"ops_agent_sockets", "process_resident_memory_bytes"} <= set(families)
    for secret in (mission_id, member.person.id, member.person.email, "made-up"):
        assert str(secret) not in response.text


async def test_nobody_else_reads_it(api: World) -> None:
    """A person's access token is refused."""
    admin = await api.member(*Role)
    assert (await api.client().get("/api/metrics")).status_code == 401
    assert (await admin.http.get("/api/metrics")).status_code == 401
