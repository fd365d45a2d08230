import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import numpy as np
from temporalio.client import Client

from api.dependencies.container import ApiDependencies
from bench._api import api_settings, served, signed_in_client
from bench._approval_stack import CODEC, StackAddresses, new_members, workers
from bench._bare_activities import commit
from bench._bare_workflow import BareWorkflow
from missions.mission import Status
from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id
from runtime.temporal import connect
from runtime.topology import ORG
from stores.postgres.database import Database
from workflows.policies import ACTIONS, MISSIONS

PATIENCE_S = 600.0


@dataclass
class ApprovalLatency:
    """Measures a mission with its approval and a bare workflow, in turns."""

    place: StackAddresses
    folder: Path

    async def run(self, pairs: int) -> dict[str, float]:
        """Medians and 95th percentiles in milliseconds, and the ratio of the medians."""
        owner, api = Database(self.place.owner, pool_size=2), Database(self.place.api, pool_size=2)
        (approver,) = await new_members(owner, [frozenset({Role.APPROVER})])
        temporal = await connect(self.place.temporal, "default", CODEC)
        ours: list[float] = []
        bare: list[float] = []
        async with (
            workers(self.place, self.folder),
            served(api_settings(self.place, self.place.api)) as (app, url),
        ):
            dependencies: ApiDependencies = app.state.dependencies
            async with await signed_in_client(dependencies, url, approver) as approving:
                for number in range(pairs + 3):  # the first three are a warm-up
                    (operator,) = await new_members(owner, [frozenset({Role.OPERATOR})])
                    async with await signed_in_client(dependencies, url, operator) as requesting:
                        pair = await self._mission(requesting, approving), await self._bare(temporal, api)
                    if number >= 3:
                        ours.append(pair[0])
                        bare.append(pair[1])
        for database in (owner, api):
            await database.close()
        figures = {
            f"{name}_p{share}_ms": round(float(np.percentile(values, share)) * 1000, 1)
            for name, values in (("approval", ours), ("bare", bare))
            for share in (50, 95)
        }
        ratio = round(figures["approval_p50_ms"] / figures["bare_p50_ms"], 2)
        return figures | {"pairs": pairs, "ratio": ratio}

    async def _mission(self, requester: httpx.AsyncClient, approver: httpx.AsyncClient) -> float:
        """Seconds from the PATCH to the call of the target."""
        prompt = {"prompt": "service=target-medium and so on"}
        mission = (await requester.post("/api/missions", json=prompt)).json()["missionId"]
        approval_id = await self._until(lambda: _waiting(requester, mission))
        card = (await approver.get(f"/api/approvals/{approval_id}")).json()
        body = {"status": "APPROVED", "notes": "bench", "actionHash": card["actionHash"]}
        began = time.time()
        (await approver.patch(f"/api/approvals/{approval_id}/respond", json=body)).raise_for_status()
        called_at = await self._until(lambda: _line(self.folder / "asked", approval_id))
        await self._until(lambda: _ended(requester, mission))
        return float(called_at) - began

    async def _bare(self, temporal: Client, api: Database) -> float:
        """Seconds from a PATCH's commits and the signal to the end of the second activity."""
        key = str(uuid4())
        handle = await temporal.start_workflow(
            BareWorkflow.run,
            args=[key, (MISSIONS, ACTIONS)],
            id=mission_workflow_id(ORG, UUID(key)),
            task_queue=MISSIONS,
        )
        await handle.query("__stack_trace")  # now it waits for the signal, in a worker's cache
        began = time.time()
        await commit(api, write=False)  # the session is read
        await commit(api, write=True)  # the vote is counted
        await handle.signal(BareWorkflow.proceed)
        called_at = await self._until(lambda: _line(self.folder / "bare", key))
        await handle.result()
        return float(called_at) - began

    async def _until(self, poll: "Poll") -> str:
        async with asyncio.timeout(PATIENCE_S):
            while not (answer := await poll()):  # noqa: ASYNC110  other processes do it
                await asyncio.sleep(0.05)
            return answer


Poll = Callable[[], Awaitable[str]]


async def _waiting(requester: httpx.AsyncClient, mission: str) -> str:
    """The approval's id, once the workflow waits for it; else ""."""
    detail = (await requester.get(f"/api/missions/{mission}")).json()["mission"]
    return str(detail["approvalId"] or "") if detail["status"] == Status.AWAITING_APPROVAL else ""


async def _ended(requester: httpx.AsyncClient, mission: str) -> str:
    detail = (await requester.get(f"/api/missions/{mission}")).json()["mission"]
    return str(detail["outcome"] or "")


async def _line(file: Path, key: str) -> str:
    """Epoch seconds of the key's last line; "" before there is one."""
    try:
        lines = (await asyncio.to_thread(file.read_text)).splitlines()
    except FileNotFoundError:
        return ""
    return next((line.split()[1] for line in reversed(lines) if line.startswith(key)), "")
