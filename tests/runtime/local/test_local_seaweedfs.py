import json
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from runtime.local.servers import Addresses

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def s3(stack: Addresses, identity: str) -> "S3Client":
    access, secret = stack.s3_keys[identity]
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=stack.s3_endpoint,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    return client


def refused(call: Callable[..., object], **arguments: object) -> bool:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_browser_puts_evidence_and_nothing_else(stack: Addresses) -> None:
    """The browser worker can write to its prefixes, and cannot read, list, delete or write elsewhere."""
    browser, bucket = s3(stack, "browser"), stack.s3_bucket
    browser.put_object(Bucket=bucket, Key="evidence/x", Body=b"shot")
    browser.put_object(Bucket=bucket, Key="evidence/a/b", Body=b"shot")
    browser.put_object(Bucket=bucket, Key="videos/v", Body=b"film")
    browser.put_object(Bucket=bucket, Key="prints/p", Body=b"%PDF")
    assert refused(browser.get_object, Bucket=bucket, Key="prints/p")
    assert refused(browser.get_object, Bucket=bucket, Key="videos/v")
    assert refused(browser.delete_object, Bucket=bucket, Key="videos/v")
    assert refused(browser.put_object, Bucket=bucket, Key="reports/x", Body=b"forged")
    assert refused(browser.put_object, Bucket=bucket, Key="evidence-x", Body=b"forged")
    assert refused(browser.get_object, Bucket=bucket, Key="evidence/x")
    assert refused(browser.head_object, Bucket=bucket, Key="evidence/x")
    assert refused(browser.delete_object, Bucket=bucket, Key="evidence/x")
    assert refused(browser.list_objects_v2, Bucket=bucket, Prefix="evidence/")
    assert refused(browser.copy_object, Bucket=bucket, Key="evidence/y", CopySource=f"{bucket}/evidence/x")


def test_the_browser_never_overwrites_when_it_says_so(stack: Addresses) -> None:
    """`If-None-Match: *` refuses a second object with the same key."""
    browser = s3(stack, "browser")
    browser.put_object(Bucket=stack.s3_bucket, Key="evidence/once", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        browser.put_object(Bucket=stack.s3_bucket, Key="evidence/once", Body=b"2", IfNoneMatch="*")


def test_missions_read_and_write_the_bucket(stack: Addresses) -> None:
    """The missions worker can read and write all objects, and cannot change the bucket's settings."""
    missions, bucket = s3(stack, "missions"), stack.s3_bucket
    missions.head_bucket(Bucket=bucket)
    missions.put_object(Bucket=bucket, Key="reports/r", Body=b"report")
    assert missions.get_object(Bucket=bucket, Key="reports/r")["Body"].read() == b"report"
    assert missions.list_objects_v2(Bucket=bucket, Prefix="reports/")["KeyCount"] == 1
    missions.delete_object(Bucket=bucket, Key="reports/r")
    assert refused(
        missions.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )


def test_the_api_presigns_and_only_reads(stack: Addresses) -> None:
    """A link of 60 seconds reads one object without a key; the API cannot write."""
    s3(stack, "admin").put_object(Bucket=stack.s3_bucket, Key="evidence/shown", Body=b"shot")
    api = s3(stack, "api")
    where = {"Bucket": stack.s3_bucket, "Key": "evidence/shown"}
    assert httpx.get(api.generate_presigned_url("get_object", Params=where, ExpiresIn=60)).content == b"shot"
    assert httpx.get(f"{stack.s3_endpoint}/{stack.s3_bucket}/evidence/shown").status_code == 403
    assert refused(api.put_object, **where, Body=b"forged")
    assert refused(api.delete_object, **where)


def test_br10_every_port_of_the_local_servers_is_listed(stack: Addresses) -> None:
    """The servers listen on loopback only, and on no port that OWN_SERVERS would not name.

    Temporal's development server has more, of services that speak gRPC: it chooses them itself.
    """
    own, names = set(stack.ports), set[str]()
    for process in psutil.Process().children(recursive=True):  # other tests may have servers of their own
        entries = process.net_connections("tcp")
        sockets = [entry.laddr for entry in entries if entry.status == psutil.CONN_LISTEN]
        ports = {port for _, port in sockets}
        if ports & own:
            names.add(process.name())
            assert all(ip_address(address).is_loopback for address, _ in sockets), process.name()
            assert ports <= own or process.name() == "temporal"
    assert names == {"weed", "postgres", "valkey-server", "temporal"}
    urls = (stack.temporal_ui_url, stack.s3_endpoint, stack.database_url)
    assert {urlsplit(url).port for url in urls} <= own
    assert int(stack.temporal_address.rpartition(":")[2]) in own


def test_objects_are_not_served_around_s3(stack: Addresses, stack_data: Path) -> None:
    """The filer behind S3 refuses reads, writes and deletes without its token."""
    s3(stack, "admin").put_object(Bucket=stack.s3_bucket, Key="evidence/around", Body=b"shot")
    port = json.loads((stack_data / "ports.json").read_text())["seaweedfs-filer"]
    url = f"http://127.0.0.1:{port}/buckets/{stack.s3_bucket}/evidence/around"
    assert [httpx.request(method, url).status_code for method in ("GET", "PUT", "DELETE")] == [401] * 3
