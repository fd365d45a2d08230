import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
from pydantic import TypeAdapter
from temporalio.client import Client

from adapters.browser.egress_rules import LOOPBACK
from adapters.credentials.keys import private_from, public_of
from missions.errors import UnavailableError
from runtime.bootstrap import bootstrap
from runtime.local.actuators import StackTargets
from runtime.local.chromium import find_chromium, wrapper
from runtime.local.free_space import check_free_space
from runtime.local.polling import answers
from runtime.local.private_files import private_directory
from runtime.local.processes import Child, Supervisor
from runtime.local.servers import Addresses, LocalServers
from runtime.local.state import StackState
from runtime.settings import (
    AdmissionSettings,
    PrivateNetworkSettings,
    RetentionSettings,
    TimeoutSettings,
    load,
)
from runtime.temporal import connect, has_poller
from runtime.topology import ORG, PROCESSES, Process
from stores.postgres.migrating import ensure_login, migrate

ROOT = Path(__file__).resolve().parents[2]


class LocalStack:
    """The whole product on one machine: the four servers, the API and the three workers.

    `quiet_browser`: the browser worker leaves one core to what it looks at on the same machine. Its pages
    take longer then, those of a large system many times as long.
    """

    def __init__(
        self,
        data: Path,
        progress: Callable[[str], None],
        chromium: Path | None = None,
        *,
        quiet_browser: bool = False,
    ) -> None:
        """Locks the data directory; DataInUseError where another stack runs, DiskFullError on a full disk."""
        check_free_space(data)
        self._data = data.absolute()
        self._chromium = chromium
        self._quiet_browser = quiet_browser
        self._progress = progress
        self._servers = LocalServers(self._data, progress)
        self._keeper = Supervisor(progress)
        self.supervisor = Supervisor(progress)
        self.ports = self._servers.ports
        self.secrets = self._servers.secrets

    async def start(self, targets: StackTargets) -> StackState:
        """Starts everything and returns when it answers. On an error, everything is stopped."""
        began = time.perf_counter()
        addresses = await self._servers.start(self._keeper)
        servers_s = time.perf_counter() - began
        await asyncio.to_thread(self._migrate, addresses.database_url)
        self._progress(f"migrated after {time.perf_counter() - began:.2f} s")
        environments = self._environments(addresses, targets)
        try:
            async with asyncio.TaskGroup() as group:
                for process in PROCESSES:
                    group.create_task(self._launch(process, environments[process.name], addresses))
        except ExceptionGroup as errors:  # the first is the cause; the others were cancelled
            raise errors.exceptions[0] from None
        api_url = environments["api"]["PUBLIC_URL"]
        people = await bootstrap(addresses.database_url, ORG, api_url, self._data)
        state = StackState(
            api_url=api_url,
            temporal_ui_url=addresses.temporal_ui_url,
            temporal_address=addresses.temporal_address,
            people=people,
            pids={child.name: child.pid or 0 for child in self.children},
            servers_s=round(servers_s, 2),
            everything_s=round(time.perf_counter() - began, 2),
        )
        state.write(self._data)
        return state

    @property
    def children(self) -> list[Child]:
        """The servers and the product's processes, as they are now."""
        return [*self._keeper.children, *self.supervisor.children]

    async def stop(self) -> None:
        """Stops everything and releases the data directory."""
        StackState.forget(self._data)
        await self.supervisor.stop(together=True)
        await self._keeper.stop()
        self._servers.close()

    def _migrate(self, url: str) -> None:
        migrate(url, ORG)
        for process in PROCESSES:
            if process.database_group is not None:
                password = self.secrets.get(f"postgres-{process.name}")
                ensure_login(url, process.name, password, process.database_group)

    def _environments(self, addresses: Addresses, targets: StackTargets) -> dict[str, dict[str, str]]:
        """The whole environment of each process, by its name: no process gets another one's secrets."""
        port = self.ports.reserve("api")
        chromium = find_chromium(self._chromium, self._data / "chromium")
        if not chromium.sandbox:
            self._progress("user namespaces are forbidden here: Chromium runs without its own sandbox")
        private = private_from(self.secrets.get("browser-key"))
        values = {
            "ENVIRONMENT": "local",
            "TEMPORAL_ADDRESS": addresses.temporal_address,
            "PAYLOAD_KEYS": self.secrets.get("payloads"),
            "TEMPORAL_UI_URL": addresses.temporal_ui_url,
            "S3_ENDPOINT": addresses.s3_endpoint,
            "S3_PUBLIC_ENDPOINT": addresses.s3_endpoint,
            "S3_BUCKET": addresses.s3_bucket,
            "API_HOST": "127.0.0.1",
            "API_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "JWT_SECRET": self.secrets.get("jwt"),
            "BROWSER_PUBLIC_KEY": public_of(private),
            "BROWSER_PRIVATE_KEYS": private,
            "SEAL_SECRET": self.secrets.get("seal"),
            "DOCS": "true",
            "MAX_CONCURRENT_MISSIONS": str(load(AdmissionSettings).max_concurrent_missions),
            "AUDIT_DAYS": str(load(RetentionSettings).audit_days),
            "PICTURE_DAYS": str(load(RetentionSettings).picture_days),
            "MISSION_TIMEOUT": iso(load(TimeoutSettings).mission_timeout),
            "MISSIONS_PER_HOUR": "1000",  # the demo's operator starts many
            "TRUSTED_PROXIES": "[]",
            "POLICY_FILE": str(ROOT / "policy" / "demo.json"),
            "OWN_SERVERS": json.dumps([f"127.0.0.1:{own}" for own in (port, *addresses.ports)]),
            "BROWSER_PRIVATE_NETWORKS": json.dumps(  # the demo and the lab are on loopback
                [*LOOPBACK, *load(PrivateNetworkSettings).browser_private_networks]
            ),
            "CHROMIUM": str(wrapper(self._data / "chromium", self._chromium)),
            "CHROMIUM_SANDBOX": str(chromium.sandbox).lower(),
            "ACTUATORS_FILE": str(targets.write(self._data / "actuators")),
        }
        return {process.name: self._environment(process, values, addresses) for process in PROCESSES}

    def _environment(
        self, process: Process, values: Mapping[str, str], addresses: Addresses
    ) -> dict[str, str]:
        own = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(private_directory(self._data / "home")),
            "LANG": "C.UTF-8",
            "MALLOC_ARENA_MAX": "2",
        }
        own |= {name: values[name] for name in process.settings}
        if process.database_group is not None:
            password = self.secrets.get(f"postgres-{process.name}")
            _, _, place = addresses.database_url.partition("@")
            own["DATABASE_URL"] = f"postgresql+psycopg://{process.name}:{password}@{place}"
        if process.s3_identity is not None:
            own["S3_ACCESS_KEY"], own["S3_SECRET_KEY"] = addresses.s3_keys[process.s3_identity]
        if process.redis_user is not None:
            own["REDIS_URL"] = addresses.redis_urls[process.redis_user]
        return own

    async def _launch(self, process: Process, env: dict[str, str], addresses: Addresses) -> None:
        child = Child(
            process.name,
            [sys.executable, "-m", *process.module],
            log=self._data / "logs" / f"{process.name}.log",
            env=env,
            cwd=ROOT,
            background=self._quiet_browser and process.queue == "browser",
            grace_s=25.0,
        )

        async def ready() -> None:
            if process.queue is None:
                serves = partial(_serves, env["PUBLIC_URL"])
                await answers(process.name, serves, (httpx.HTTPError,), child.log)
            else:
                temporal = await connect(addresses.temporal_address, "default", None)
                probe = partial(_polls, temporal, process.queue)
                await answers(process.name, probe, (UnavailableError,), child.log)

        await self.supervisor.start(child, ready=ready)
        self._progress(f"{process.name} is ready")


def iso(duration: timedelta) -> str:
    """The duration in ISO 8601, as settings read it."""
    return str(TypeAdapter(timedelta).dump_python(duration, mode="json"))


async def _serves(api_url: str) -> None:
    """Raises httpx.HTTPError until the API is ready."""
    async with httpx.AsyncClient(timeout=3, trust_env=False) as client:
        (await client.get(f"{api_url}/api/health/ready")).raise_for_status()


async def _polls(temporal: Client, queue: str) -> None:
    """Raises UnavailableError until a worker polls the queue."""
    if not await has_poller(temporal, queue):
        raise UnavailableError(f"No worker polls {queue}.")
