import asyncio
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from lab.components.dns import resolve
from lab.platform import Lab
from lab.programs import PROGRAMS
from lab.topology import PORTS, Component, LabNetwork
from runtime.local.apt import apt_possible

NETWORK = LabNetwork(249)
pytestmark = pytest.mark.skipif(
    not apt_possible() or any(program.path is None for program in PROGRAMS),
    reason="the lab is not installed: apt-get install nginx, and what else make lab-setup needs",
)


async def test_a_part_of_the_lab_runs_and_is_scraped(tmp_path: Path) -> None:
    """Valkey, HAProxy and the monitoring start alone, every target is up, and a stop leaves nothing."""
    wanted = frozenset({Component.VALKEY, Component.HAPROXY, Component.MONITORING})
    lab = Lab(tmp_path, NETWORK, lambda _: None, wanted)
    async with lab.running():
        assert await resolve(NETWORK.host("dns"), "redis.lab.internal") == NETWORK.host("redis")
        inside = lab.context.resolving(["/usr/bin/getent", "hosts", "redis.lab.internal"])
        done = await asyncio.to_thread(subprocess.run, inside, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [NETWORK.host("redis"), "redis.lab.internal"]
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.get(f"{lab.prometheus_url}/api/v1/query", params={"query": "up"})
        up = {row["metric"]["job"]: row["value"][1] for row in response.json()["data"]["result"]}
        assert set(up) == {"redis", "haproxy", "dns", "prometheus", "alertmanager"}
        assert set(up.values()) == {"1"}

        await lab.processes.stop("redis")
        with pytest.raises(redis.exceptions.ConnectionError):
            redis.Redis(NETWORK.host("redis"), PORTS["redis"]).ping()
        await lab.processes.start("redis")
        assert redis.Redis(NETWORK.host("redis"), PORTS["redis"]).ping()
        pids = [lab.child(name).pid for name in lab.processes.names()]
    assert not any(psutil.pid_exists(pid) for pid in pids if pid is not None)
