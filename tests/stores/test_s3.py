"""Artifacts on a real S3: SeaweedFS."""

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
import samples as sample
from botocore.exceptions import BotoCoreError, ClientError

from missions.errors import InvalidError, NotFoundError, UnavailableError
from stores.bucket import Bucket
from stores.expiry import S3Expiry
from stores.s3 import S3Artifacts

KEY, SECRET, BUCKET = "test-access", "test-secret-of-the-test", "artifacts"
PICTURE = b"\xff\xd8\xff a picture"


def free_ports(count: int) -> list[int]:
    """Free ports whose port+10000 is free too, because weed uses both."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            low = held.enter_context(socket.socket())
            low.bind(("127.0.0.1", 0))
            port: int = low.getsockname()[1]
            if port < 55_000:
                high = held.enter_context(socket.socket())
                try:
                    high.bind(("127.0.0.1", port + 10_000))
                except OSError:
                    continue
                ports.append(port)
    return ports


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`weed mini` on free ports, killed after the tests."""
    folder = tmp_path_factory.mktemp("weed")
    s3, master, volume, filer, admin = free_ports(5)
    command = [
        str(Path(sysconfig.get_path("scripts")) / "weed"), "mini", f"-dir={folder}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", f"-s3.port={s3}", f"-master.port={master}", f"-volume.port={volume}",
        f"-filer.port={filer}", f"-admin.port={admin}", "-webdav=false", "-admin.ui=false",
        "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false", f"-bucket={BUCKET}",
    ]  # fmt: skip
    env = {
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "GOMEMLIMIT": "300MiB",
        "HOME": str(folder), "TMPDIR": str(folder),
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        await_bucket(f"http://127.0.0.1:{s3}")
        yield f"http://127.0.0.1:{s3}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def await_bucket(url: str) -> None:
    client = boto3.session.Session().client(
        "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    )
    ended = asyncio.new_event_loop()
    deadline = ended.time() + 30
    while True:
        try:
            client.head_bucket(Bucket=BUCKET)
            break
        except (BotoCoreError, ClientError):
            if ended.time() > deadline:
                raise
    ended.close()
    client.close()


def made(url: str, bucket: str = BUCKET) -> S3Artifacts:
    return S3Artifacts(Bucket(url, bucket, KEY, SECRET))


@pytest.fixture
async def artifacts(endpoint: str) -> AsyncIterator[S3Artifacts]:
    store = made(endpoint)
    yield store
    await store.close()


async def test_bytes_come_back_under_their_hash(artifacts: S3Artifacts) -> None:
    """The key is prefix, organization and hash; reading the reference returns the bytes."""
    ref = await artifacts.put("acme", PICTURE, "image/jpeg", "screenshot", "Shop")
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    assert ref.key == f"evidence/acme/{sha256[:2]}/{sha256}.jpg"
    assert (ref.sha256, ref.size, ref.content_type) == (sha256, len(PICTURE), "image/jpeg")
    assert (ref.kind, ref.title) == ("screenshot", "Shop")
    assert await artifacts.get("acme", ref) == PICTURE


async def test_the_same_bytes_are_the_same_object(artifacts: S3Artifacts) -> None:
    """Repeated and concurrent puts make one object; an empty object is valid."""
    refs = await asyncio.gather(
        *(artifacts.put("acme", b"{}", "application/json", "numbers", "") for _ in range(5))
    )
    assert len(set(refs)) == 1
    empty = await artifacts.put("acme", b"", "application/json", "numbers", "")
    assert await artifacts.get("acme", empty) == b""


async def test_other_bytes_are_not_handed_out(artifacts: S3Artifacts) -> None:
    """Replaced bytes, longer ones too, do not match their hash: UnavailableError."""
    ref = await artifacts.put("acme", b"original", "application/json", "numbers", "")
    for forged in (b"0riginal", b"original and more"):
        artifacts._client.put_object(Bucket=BUCKET, Key=ref.key, Body=forged)
        with pytest.raises(UnavailableError, match="do not match their hash"):
            await artifacts.get("acme", ref)


async def test_what_is_missing_is_not_found(artifacts: S3Artifacts, endpoint: str) -> None:
    """A missing object and a missing bucket are NotFoundError."""
    ref = await artifacts.put("acme", b"there", "application/json", "numbers", "")
    with pytest.raises(NotFoundError):
        await artifacts.get("acme", sample.ref("numbers", "0" * 64, org="acme"))
    nowhere = made(endpoint, bucket="no-such-bucket")
    with pytest.raises(NotFoundError):
        await nowhere.get("acme", ref)
    await nowhere.close()


async def test_storage_that_is_away_is_unavailable() -> None:
    """Refused connections end in UnavailableError within the bounded retries."""
    (port,) = free_ports(1)
    away = made(f"http://127.0.0.1:{port}")
    with pytest.raises(UnavailableError):
        await away.put("acme", b"x", "application/json", "numbers", "")
    await away.close()


async def test_a_wrong_secret_is_unavailable_not_missing(artifacts: S3Artifacts, endpoint: str) -> None:
    """A refused signature is UnavailableError, not NotFoundError."""
    ref = await artifacts.put("acme", b"x", "application/json", "numbers", "")
    other = S3Artifacts(Bucket(endpoint, BUCKET, KEY, "wrong"))
    with pytest.raises(UnavailableError, match="Storage answered"):
        await other.get("acme", ref)
    await other.close()


async def test_a_signed_url_opens_one_object_for_a_while(artifacts: S3Artifacts) -> None:
    """Pictures are inline, reports are attachments, and an altered URL is refused."""
    picture = await artifacts.put("acme", PICTURE, "image/jpeg", "screenshot", "")
    report = await artifacts.put("acme", b"<p>", "text/html", "report", "")
    async with httpx.AsyncClient(trust_env=False) as client:
        url = artifacts.presign("acme", picture)
        answer = await client.get(url)
        assert (answer.status_code, answer.content) == (200, PICTURE)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"].startswith("inline; filename=")
        answer = await client.get(artifacts.presign("acme", report))
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        plain = artifacts.presign("acme", report, content_type="text/plain")
        assert (await client.get(plain)).text == "<p>"
        assert (await client.get(url.replace(picture.key, report.key))).status_code == 403
    assert "X-Amz-Expires=60" in url


@pytest.mark.parametrize("org", ["", "../other", "a/b", "a b", "-x"])
async def test_an_organization_cannot_leave_its_folder(artifacts: S3Artifacts, org: str) -> None:
    """An organization that could point to another path is refused."""
    with pytest.raises(InvalidError):
        await artifacts.put(org, b"x", "application/json", "numbers", "")


async def test_lg5_old_pictures_are_deleted_and_numbers_stay(artifacts: S3Artifacts, endpoint: str) -> None:
    """Old pictures, traces and videos of every organization are deleted; young ones and numbers stay."""
    kinds = {"image/jpeg": "screenshot", "application/zip": "trace", "application/json": "numbers"}
    refs = [
        (org, await artifacts.put(org, b"old", *kind, ""))
        for org in ("acme", "other")
        for kind in kinds.items()
    ]
    report = await artifacts.put("acme", b"<p>report", "text/html", "report", "")
    expiry = S3Expiry(Bucket(endpoint, BUCKET, KEY, SECRET))
    video = await artifacts.put("acme", b"a film", "image/webp", "video", "")
    assert await expiry.delete_pictures(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await expiry.delete_pictures(datetime.now(UTC) + timedelta(days=1)) >= 4
    for org, ref in refs:
        if ref.kind == "numbers":
            assert await artifacts.get(org, ref) == b"old"
        else:
            with pytest.raises(NotFoundError):
                await artifacts.get(org, ref)
    assert await artifacts.get("acme", report) == b"<p>report"
    assert await expiry.delete_videos(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await artifacts.get("acme", video) == b"a film"
    assert await expiry.delete_videos(datetime.now(UTC) + timedelta(days=1)) == 1
    with pytest.raises(NotFoundError):
        await artifacts.get("acme", video)
    await expiry.close()


async def test_all_that_a_deleted_organization_stored_is_deleted(
    artifacts: S3Artifacts, endpoint: str
) -> None:
    """All its objects are deleted, and none of an organization with a similar name."""
    expiry = S3Expiry(Bucket(endpoint, BUCKET, KEY, SECRET))
    for content_type, kind in (
        ("application/json", "numbers"),
        ("image/webp", "video"),
        ("text/html", "report"),
        ("application/pdf", "report-pdf"),
    ):
        gone, kept = [await artifacts.put(org, b"{}", content_type, kind, "") for org in ("gone", "gone-2")]
        assert await expiry.delete_org("gone") == 1
        with pytest.raises(NotFoundError):
            await artifacts.get("gone", gone)
        assert await artifacts.get("gone-2", kept) == b"{}"
    await expiry.close()
