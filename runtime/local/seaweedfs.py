import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from runtime.local.binaries import script
from runtime.local.polling import answers
from runtime.local.ports import TWIN, PortBook
from runtime.local.private_files import private_directory, write_private
from runtime.local.processes import Child
from runtime.local.secrets import SecretFile

if TYPE_CHECKING:  # installed for development only
    from types_boto3_s3 import S3Client

BUCKET = "ops-agent"
PROBE = ".ready"
PORTS = ("s3", "master", "volume", "filer", "admin")
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
# SeaweedFS' right "Write" includes deletion, which a browser worker must not have: policies name actions.
# AbortMultipartUpload cancels an upload that is not an object yet.
GRANTS = {
    "missions": [
        (["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], OBJECTS),
        *(
            (["s3:DeleteObject"], f"arn:aws:s3:::{BUCKET}/{kept}/*")
            for kept in ("evidence", "videos", "reports", "prints")
        ),
        (["s3:ListBucket"], f"arn:aws:s3:::{BUCKET}"),
    ],
    "browser": [
        (["s3:PutObject", "s3:AbortMultipartUpload"], f"arn:aws:s3:::{BUCKET}/{written}/*")
        for written in ("evidence", "videos", "prints")
    ],
    "api": [(["s3:GetObject"], OBJECTS)],
}
IDENTITIES = ("admin", *GRANTS)
# Without these keys filer and volume servers give every object to any program on loopback, web pages too.
SIGNING_KEYS = (
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
)


def access_key(identity: str) -> str:
    """The access key of an identity."""
    return f"ops-{identity}"


def identities(keys: Mapping[str, tuple[str, str]]) -> str:
    """SeaweedFS' `-s3.config`: each identity of GRANTS, and admin, with its key and secret."""
    config = {
        "identities": [
            {
                "name": identity,
                "credentials": [{"accessKey": access, "secretKey": secret}],
                **({"policyNames": [identity]} if identity in GRANTS else {"actions": ["Admin"]}),
            }
            for identity, (access, secret) in keys.items()
        ],
        "policies": [{"name": name, "content": _policy(grants)} for name, grants in GRANTS.items()],
    }
    return json.dumps(config)


class LocalSeaweedFS:
    """S3 in `<data>/seaweedfs`, bucket `ops-agent`, an identity per part of the product."""

    def __init__(self, data: Path, ports: dict[str, int], secrets: SecretFile) -> None:
        self._home = data / "seaweedfs"
        self._log = data / "logs" / "seaweedfs.log"
        self._ports = ports
        self.keys = {
            identity: (access_key(identity), secrets.get(f"s3-{identity}")) for identity in IDENTITIES
        }
        self._signing = {name: secrets.get(name.lower()) for name in SIGNING_KEYS}

    @staticmethod
    def reserve(book: PortBook) -> dict[str, int]:
        """Role to port; each takes port + 10000 too. Blocks."""
        return {role: book.reserve(f"seaweedfs-{role}", twin=True) for role in PORTS}

    @property
    def endpoint(self) -> str:
        """Where S3 answers."""
        return f"http://127.0.0.1:{self._ports['s3']}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port on which one of its parts listens: HTTP, and gRPC at 10000 above it."""
        return tuple(port + above for port in self._ports.values() for above in (0, TWIN))

    async def prepare(self) -> None:
        """Writes the identities and removes socket files that a kill -9 left at our ports."""
        private_directory(self._home / "objects")
        write_private(self._home / "identities.json", identities(self.keys))
        await asyncio.to_thread(self._unlink_stale_sockets)

    def child(self) -> Child:
        """The server. It sometimes does not stop on SIGTERM: it is killed after 5 s, which loses nothing."""
        argv = [
            str(script("weed")),
            "mini",
            f"-dir={self._home / 'objects'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
        ]
        argv += [f"-{role}.port={port}" for role, port in self._ports.items()]
        argv += [f"-s3.config={self._home / 'identities.json'}", f"-bucket={BUCKET}", "-s3.iam=false"]
        argv += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false"]
        argv += [
            "-master.telemetry=false",
            "-s3.autoCreateBucket=false",
            "-s3.allowDeleteBucketNotEmpty=false",
        ]
        # With its old raft state the master often becomes leader just after the volumes' first heartbeat, and
        # the next heartbeat comes 5 s later. Without the state, the first heartbeat is enough.
        argv += ["-master.resumeState=false"]
        # Below 250 MiB (it uses half) Go collects garbage all the time: a put costs five times the CPU.
        env = {"GOMEMLIMIT": "320MiB", "GOGC": "20", "TZ": "UTC", "HOME": str(self._home), **self._signing}
        return Child("seaweedfs", argv, log=self._log, env=env, cwd=self._home, grace_s=5)

    async def ready(self) -> None:
        """Returns once an object can be read: one of an earlier start, or a new one. NotReadyError."""
        client = await asyncio.to_thread(self._client)
        try:
            await answers(
                "seaweedfs",
                lambda: asyncio.to_thread(_read_back, client),
                (BotoCoreError, ClientError),
                self._log,
            )
        finally:
            client.close()

    def _unlink_stale_sockets(self) -> None:
        # SeaweedFS has no option for their place. We own the ports, so no other process uses the files.
        temporary = Path("/tmp")  # noqa: S108  see above
        for port in self.ports:
            for stale in temporary.glob(f"seaweedfs-*-{port}.sock"):
                stale.unlink(missing_ok=True)

    def _client(self) -> "S3Client":
        access, secret = self.keys["admin"]
        client: S3Client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            region_name="us-east-1",
            config=Config(
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 1},
                connect_timeout=2,
                read_timeout=1,
                proxies={},  # a proxy of the environment cannot reach our loopback
            ),
        )
        return client


def _read_back(client: "S3Client") -> None:
    # S3 answers before the volumes have registered with the master: HEAD of the bucket succeeds while every
    # GET is an InternalError. Only reading an object from a volume proves readiness.
    try:
        client.get_object(Bucket=BUCKET, Key=PROBE)["Body"].read()
    except client.exceptions.NoSuchKey:
        client.put_object(Bucket=BUCKET, Key=PROBE, Body=b"ready")
        client.get_object(Bucket=BUCKET, Key=PROBE)["Body"].read()


def _policy(grants: list[tuple[list[str], str]]) -> str:
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": [resource]} for actions, resource in grants
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
