"""Temporal's payloads are encrypted with a key for each organization."""

import json
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from served_api import PAYLOAD_KEY
from temporalio.api.common.v1 import Payload
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext

from missions.workflow_ids import mission_workflow_id
from runtime.codec import OrgCodec
from runtime.payload_keys import SEALED, PayloadKeys

OLD, NEW = PAYLOAD_KEY, "a-newer-payload-key-of-the-tests-32-bytes"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps("canary").encode())


def codec(*masters: str, org: str = "acme") -> OrgCodec:
    """The codec of a new process, for one mission of the organization."""
    context = WorkflowSerializationContext("default", mission_workflow_id(org, uuid4()))
    return OrgCodec(PayloadKeys(masters or (OLD,))).with_context(context)


async def test_az6_a_payload_is_sealed_and_opens_in_another_process() -> None:
    """An encrypted payload is unreadable, and another process with the master key can decrypt it."""
    (sealed,) = await codec().encode([PLAIN])
    assert b"canary" not in sealed.SerializeToString()
    assert sealed.metadata["org"] == b"acme"
    assert await codec().decode([sealed]) == [PLAIN]


async def test_az6_the_activities_of_a_mission_seal_as_its_workflow_does() -> None:
    """An activity's payloads are encrypted for the organization that the workflow's id contains."""
    context = ActivitySerializationContext(
        "default", None, None, None, mission_workflow_id("acme", uuid4()), None, is_local=False
    )
    activity = OrgCodec(PayloadKeys([OLD])).with_context(context)
    (sealed,) = await activity.encode([PLAIN])
    assert sealed.metadata["org"] == b"acme"
    assert await codec().decode([sealed]) == [PLAIN]


async def test_az6_what_is_of_another_organization_stays_sealed() -> None:
    """A payload of another organization stays encrypted, even if its organization or key is replaced."""
    (sealed,) = await codec().encode([PLAIN])
    assert await codec(org="other").decode([sealed]) == [sealed]
    renamed = Payload()
    renamed.CopyFrom(sealed)
    renamed.metadata["org"] = b"other"
    assert await codec(org="other").decode([renamed]) == [renamed]
    (first,), (second,) = await codec().encode([PLAIN]), await codec(org="other").encode([PLAIN])
    second.metadata["key"] = first.metadata["key"]
    assert await codec(org="other").decode([second]) == [second], "a key of another organization is accepted"


async def test_az6_keys_are_changed_without_losing_anything() -> None:
    """During a rotation both keys are readable, and the old key stays readable while it is listed."""
    (before,), (after,) = await codec(OLD, NEW).encode([PLAIN]), await codec(NEW, OLD).encode([PLAIN])
    assert before.metadata["master"] != after.metadata["master"]
    for listed in ((OLD, NEW), (NEW, OLD)):
        assert await codec(*listed).decode([before, after]) == [PLAIN, PLAIN]
    assert await codec(NEW).decode([before, after]) == [before, PLAIN]


@given(
    metadata=st.dictionaries(st.sampled_from(["encoding", "org", "master", "key"]), st.binary(max_size=40)),
    data=st.binary(max_size=60),
    sealed=st.booleans(),
)
async def test_az6_nothing_foreign_makes_it_raise(
    *, metadata: dict[str, bytes], data: bytes, sealed: bool
) -> None:
    """No payload makes the codec raise, because that would make the workflow task fail forever."""
    keys = PayloadKeys([OLD])
    genuine = {"encoding": SEALED, "master": keys.seal(PLAIN, "acme").metadata["master"]} if sealed else {}
    foreign, unchanged = (Payload(metadata=metadata | genuine, data=data) for _ in range(2))
    assert await codec().decode([foreign, PLAIN]) == [unchanged, PLAIN]
