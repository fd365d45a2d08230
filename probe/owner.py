"""What the owner of an installation checks at a terminal: settings, the audit trail and the bucket."""

import asyncio
import base64
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from probe.world import ProbeWorld
from runtime.local.seaweedfs import BUCKET, access_key
from runtime.local_settings import ROOT
from stores.bucket import Bucket, in_thread

WEAK = {
    "ALLOWED_ORIGINS": '["*"]',
    "TRUSTED_PROXIES": '["0.0.0.0/0"]',
    "JWT_SECRET": "a" * 40,
    "SEAL_SECRET": "x",
    "METRICS_TOKEN": "ab" * 20,
    "SECURE_MCP_GATEWAY_URL": "http://gateway.example",
    "PUBLIC_URL": "http://ops.example",
    "S3_PUBLIC_ENDPOINT": "http://s3.example",
    "REDIS_URL": "redis://api:a@redis.example:6379/0",
    "S3_SECRET_KEY": "s",
    "OIDC_PROVIDERS": '[{"name":"idp","issuer":"http://idp.example","clientId":"a","clientSecret":"x"}]',
}
"""Settings of the API that production must refuse by their names."""

STRONG = {
    "ENVIRONMENT": "production",
    "TEMPORAL_ADDRESS": "temporal.example:7233",
    "S3_ENDPOINT": "https://s3.example",
    "S3_BUCKET": "ops-agent",
    "S3_ACCESS_KEY": "ops-api",
    "DATABASE_URL": "postgresql+psycopg://api:4f9d2b7c8e1a6053d7f2b8c1@db.example:5432/ops",
    "PAYLOAD_KEYS": "f3b1c9d07a5e48269b0d3e7f51a8c264d9e0b7a3",
    "POLICY_FILE": str(ROOT / "policy" / "demo.json"),
    "ALLOWED_ORIGINS": "[]",
    "TRUSTED_PROXIES": '["10.1.2.0/24"]',
    "JWT_SECRET": "0b7d5f1c93ae4286d1f07c5be8a93d42761f0e5c",
    "SEAL_SECRET": "c58e07a1b3f94d26e0a7f19c4b82d53e6f1a907d",
    "METRICS_TOKEN": "92d4e6b01c7f835a9e2d0c4b6f71a8355e0d93bc",
    "SECURE_MCP_GATEWAY_URL": "https://gateway.example",
    "PUBLIC_URL": "https://ops.example",
    "S3_PUBLIC_ENDPOINT": "https://s3.example",
    "REDIS_URL": "rediss://api:5c1f8e0b7d24a963f0b1c8d7@redis.example:6379/0",
    "S3_SECRET_KEY": "7e1b09c5f4d8a2360c9e51b7",
    "OIDC_PROVIDERS": "[]",
}
PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
STARTED_S = 20.0
"""A process with refused settings ends within this time; one that runs longer has accepted them."""
DELETED_S = 60.0
OPS_AGENT = str(Path(sys.executable).with_name("ops-agent"))


async def check_production(world: ProbeWorld) -> None:
    """AU18: the API does not start in production with weak settings, and names each one.

    A start names several; those are corrected, until the rest is named, or accepted.
    """
    public = base64.urlsafe_b64encode(bytes(range(32))).decode()
    accepted, output = set(WEAK), ""
    while accepted:
        weak = {name: WEAK[name] for name in accepted}
        code, output = await _run(
            [sys.executable, "-m", "api"], STRONG | weak | {"BROWSER_PUBLIC_KEY": public}, seconds=STARTED_S
        )
        refused = {name for name in accepted if name in output} if code else set()
        if not refused:
            break
        accepted -= refused
    world.checks.record(
        "AU18",
        f"production refuses {len(WEAK)} weak settings by their names",
        expected="all",
        seen=f"not refused: {sorted(accepted)} {output[-80:]}" if accepted else "all",
        ok=not accepted,
    )


async def check_audit(world: ProbeWorld) -> None:
    """LG6: `ops-agent audit verify` finds every chain whole, also that of the deleted organization."""
    ports = world.stack.ports()
    settings = {
        "DATABASE_URL": f"postgresql+psycopg://ops:{world.stack.secret('postgres')}"
        f"@127.0.0.1:{ports['postgres']}/ops",
        "S3_ENDPOINT": f"http://127.0.0.1:{ports['seaweedfs-s3']}",
        "S3_ACCESS_KEY": access_key("missions"),
        "S3_SECRET_KEY": world.stack.secret("s3-missions"),
    }
    code, output = await _run([OPS_AGENT, "audit", "verify"], settings, seconds=DELETED_S)
    world.checks.record(
        "LG6",
        "`ops-agent audit verify` finds every trail whole, the deleted organization's too",
        expected=f"code 0, and a line about {world.b.slug}",
        seen=f"code {code}: {' | '.join(output.splitlines())[-250:]}",
        ok=code == 0 and world.b.slug in output,
    )


async def check_objects(world: ProbeWorld) -> None:
    """LG6: the objects of the deleted organization go, and those of A stay.

    The missions worker deletes them each hour, and when it starts: it is killed, so that it starts again.
    """
    before = await _evidence(world, world.b.slug)
    world.stack.kill("missions")
    end = time.monotonic() + DELETED_S
    while (left := await _evidence(world, world.b.slug)) and time.monotonic() < end:  # noqa: ASYNC110  another process deletes them
        await asyncio.sleep(2)
    kept = await _evidence(world, world.a.slug)
    world.checks.record(
        "LG6",
        "the objects of the deleted organization go, besides its trail's checkpoints",
        expected="some of B before, 0 afterwards, some of A",
        seen=f"{len(before)} of B before, {len(left)} afterwards {left[:2]}, {len(kept)} of A",
        ok=bool(before) and not left and bool(kept),
    )


async def _evidence(world: ProbeWorld, slug: str) -> list[str]:
    """The keys of an organization's objects without checkpoints, read as the bucket's administrator."""
    bucket = Bucket(
        f"http://127.0.0.1:{world.stack.ports()['seaweedfs-s3']}",
        BUCKET,
        access_key("admin"),
        world.stack.secret("s3-admin"),
    )

    def read() -> list[str]:
        pages = bucket.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    places = [(key, key.split("/")) for key in await in_thread(read)]
    return [key for key, parts in places if slug in parts and "audit" not in parts]


async def _run(arguments: list[str], settings: Mapping[str, str], seconds: float) -> tuple[int, str]:
    """The exit code of a command and what it printed; code 0 if it was still running."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        env={**PATH, "HOME": str(Path.home()), **settings},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 0, "it started"
    return process.returncode or 0, output.decode()
