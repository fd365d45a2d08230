"""Every implementation of Artifacts: in memory, and SeaweedFS with the credentials of two processes."""

import hashlib
from uuid import uuid4

import pytest
import samples as sample
from memory_artifacts import MemoryArtifacts

from activities.ports import Artifacts
from missions.errors import InvalidError, NotFoundError
from runtime.local.servers import Addresses
from stores.s3 import S3Artifacts


@pytest.fixture(params=["memory", "s3"])
def artifacts(request: pytest.FixtureRequest) -> Artifacts:
    if request.param == "memory":
        return MemoryArtifacts()
    servers: Addresses = request.getfixturevalue("servers")
    return S3Artifacts(servers.bucket("missions"))


async def test_bytes_come_back_under_their_hash(artifacts: Artifacts) -> None:
    """The reference describes the object, and reading it returns the same bytes."""
    content = uuid4().bytes
    ref = await artifacts.put(sample.ORG, content, "text/html", "report", "Report")
    assert (ref.sha256, ref.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (ref.content_type, ref.kind, ref.title) == ("text/html", "report", "Report")
    assert await artifacts.get(sample.ORG, ref) == content


async def test_equal_bytes_are_one_object(artifacts: Artifacts) -> None:
    """A retry stores nothing new; another organization has its own object."""
    content = uuid4().bytes
    first, again, other = [
        await artifacts.put(org, content, "text/html", "report", "Report")
        for org in (sample.ORG, sample.ORG, "other")
    ]
    assert first == again
    assert other.key != first.key


async def test_an_unknown_object_is_not_found(artifacts: Artifacts) -> None:
    """A reference to bytes that were never stored is NotFoundError."""
    with pytest.raises(NotFoundError):
        await artifacts.get(sample.ORG, sample.ref("report", "0" * 64))


async def test_az13_only_the_organizations_own_object_is_read(artifacts: Artifacts) -> None:
    """A reference to another organization's object, or with another hash, key or kind, is InvalidError."""
    own = await artifacts.put(sample.ORG, b"stored", "text/html", "report", "Report")
    foreign = await artifacts.put("other", b"stored", "text/html", "report", "Report")
    for org, ref in (
        (sample.ORG, foreign),
        ("other", own),
        (sample.ORG, own.model_copy(update={"sha256": "0" * 64})),
        (sample.ORG, own.model_copy(update={"key": foreign.key})),
        (sample.ORG, own.model_copy(update={"kind": "screenshot"})),
    ):
        with pytest.raises(InvalidError):
            await artifacts.get(org, ref)
    assert await artifacts.get("other", foreign) == b"stored"
