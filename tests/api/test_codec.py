"""The codec server that Temporal's UI calls to decode payloads."""

import asyncio
import base64
import json
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from served_api import CODEC, ORG, PROMPT, PUBLIC_URL, TEMPORAL_UI, Member, World
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id
from runtime.local.binaries import script

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"canary"')


async def sealed(org: str) -> dict[str, object]:
    """An encrypted payload of one of the organization's missions, as Temporal's UI sends it."""
    context = WorkflowSerializationContext("default", mission_workflow_id(org, uuid4()))
    (payload,) = await CODEC.with_context(context).encode([PLAIN])
    return MessageToDict(payload)


async def link(member: Member) -> str:
    """The path of the endpoint that the person enters in the UI."""
    answer = await member.http.post("/api/codec/links")
    assert answer.status_code == 201, answer.text
    endpoint = str(answer.json()["endpoint"])
    assert endpoint.startswith(f"{PUBLIC_URL}/api/codec/")
    return urlsplit(endpoint).path


async def decoded(api: World, path: str, *payloads: object, origin: str = TEMPORAL_UI) -> httpx.Response:
    """Calls the endpoint as the UI does: from the UI's origin, without an access token."""
    headers = {"Origin": origin, "X-Namespace": "default"}
    return await api.client().post(f"{path}/decode", json={"payloads": payloads}, headers=headers)


async def test_az6_an_administrator_reads_their_organizations_payloads(api: World) -> None:
    """Own payloads are decoded in order; other payloads are returned unchanged."""
    path = await link(await api.member(Role.ADMIN))
    foreign, plain = await sealed("other"), {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}
    answer = await decoded(api, path, await sealed(ORG), foreign, plain)
    assert answer.status_code == 200, answer.text
    opened, *rest = answer.json()["payloads"]
    assert base64.b64decode(opened["data"]) == b'"canary"'
    assert rest == [foreign, plain]


async def test_az6_what_a_mission_was_asked_is_read_through_the_codec(api: World) -> None:
    """The prompt is encrypted in the real workflow history, and readable through the codec."""
    operator, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    mission_id = await api.mission(operator)
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id))
    first = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    (brief,) = first.input.payloads
    assert PROMPT.encode() not in brief.SerializeToString()
    answer = await decoded(api, await link(admin), MessageToDict(brief))
    assert PROMPT in base64.b64decode(answer.json()["payloads"][0]["data"]).decode()


async def test_az6_the_link_is_over_with_what_allowed_it(api: World) -> None:
    """After a logout or demotion the ticket is refused; tickets and access tokens are not interchangeable."""
    admin = await api.member(Role.ADMIN)
    path = await link(admin)
    ticket = path.rpartition("/")[2]
    assert (await api.client(ticket).get("/api/missions")).status_code == 401
    assert (await decoded(api, f"/api/codec/{admin.token}")).status_code == 401
    assert (await decoded(api, f"{path[:-1]}x")).status_code == 401
    await api.set_roles(admin, Role.AUDITOR)
    assert (await decoded(api, path)).status_code == 403
    await api.set_roles(admin, Role.ADMIN)
    assert (await decoded(api, path)).status_code == 200
    assert (await admin.http.post("/api/auth/logout/everywhere")).is_success
    assert (await decoded(api, path)).status_code == 401


@pytest.mark.parametrize("origin", [TEMPORAL_UI, "http://evil.example"])
async def test_az6_only_temporals_ui_may_ask_from_a_browser(api: World, origin: str) -> None:
    """CORS allows Temporal's UI at the codec routes only, and no other origin."""
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight["Access-Control-Request-Headers"] = "content-type,x-namespace"
    allowed = "access-control-allow-origin"
    http = api.client()
    answer = await http.options("/api/codec/ticket/decode", headers=preflight)
    assert (answer.headers.get(allowed) == TEMPORAL_UI) is (origin == TEMPORAL_UI)
    assert allowed not in (await http.options("/api/missions", headers=preflight)).headers
    path = await link(await api.member(Role.ADMIN))
    answer = await decoded(api, path, origin=origin)
    assert (answer.headers.get(allowed) == TEMPORAL_UI) is (origin == TEMPORAL_UI)


async def test_az6_what_is_no_payload_is_refused(api: World) -> None:
    """An invalid payload is 422."""
    path = await link(await api.member(Role.ADMIN))
    for wrong in ({"data": 7}, {"unknown": 1}, {"metadata": {"encoding": 7}}):
        assert (await decoded(api, path, wrong)).status_code == 422


async def test_az6_temporals_own_command_line_reads_through_it(api: World, tmp_path: Path) -> None:
    """The `temporal` CLI decodes payloads with the endpoint alone, and shows nothing readable without it."""
    operator, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    workflow_id = mission_workflow_id(ORG, await api.mission(operator))
    command = [str(script("temporal")), "workflow", "show", "--address", api.places.temporal_address]
    command += ["--workflow-id", workflow_id, "--output", "json"]
    endpoint = api.url + await link(admin)
    for more, readable in (((), False), (("--codec-endpoint", endpoint), True)):
        process = await asyncio.create_subprocess_exec(
            *command,
            *more,
            stdout=asyncio.subprocess.PIPE,
            env={"HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"},
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
        assert process.returncode == 0
        begun = json.loads(output)["events"][0]["workflowExecutionStartedEventAttributes"]
        (brief,) = begun["input"]["payloads"]
        assert (PROMPT.encode() in base64.b64decode(brief["data"])) is readable
