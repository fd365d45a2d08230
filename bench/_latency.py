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
from bench._api import client_of, served, settings_of
from bench._approval_stack import CODEC, StackAddresses, people_of, workers
from bench._bare_verbs import commit
from bench._bare_workflow import BareWorkflow
from missions.mission import Status
from missions.person import Role
from missions.workflow_ids import mission_workflow_id
from runtime.temporal import connect
from runtime.topology import ORG
from stores.postgres.database import Database
from workflows.policies import ACTIONS, MISSIONS

PATIENCE_S = 600.0


@dataclass
class Latency:
    """Pairs of one mission with its approval and one bare workflow, one after the other."""

    place: StackAddresses
    folder: Path

    async def run(self, pairs: int) -> dict[str, float]:
        """Medians and 95th percentiles in milliseconds, and the ratio of the medians."""
        owner, api = Database(self.place.owner, pool_size=2), Database(self.place.api, pool_size=2)
        (approver,) = await people_of(owner, [frozenset({Role.APPROVER})])
        temporal = await connect(self.place.temporal, "default", CODEC)
        ours: list[float] = []
        bare: list[float] = []
        async with (
            workers(self.place, self.folder),
            served(settings_of(self.place, self.place.api)) as (app, url),
        ):
            dependencies: ApiDependencies = app.state.dependencies
            async with await client_of(dependencies, url, approver) as answering:
                for number in range(pairs + 3):  # three to get warm
                    (operator,) = await people_of(owner, [frozenset({Role.OPERATOR})])
                    async with await client_of(dependencies, url, operator) as asking:
                        pair = await self._mission(asking, answering), await self._bare(temporal, api)
                    if number >= 3:
                        ours.append(pair[0])
                        bare.append(pair[1])
        for database in (owner, api):
            await database.close()
        told = {
            f"{name}_p{share}_ms": round(float(np.percentile(values, share)) * 1000, 1)
            for name, values in (("approval", ours), ("bare", bare))
            for share in (50, 95)
        }
        return told | {"pairs": pairs, "ratio": round(told["approval_p50_ms"] / told["bare_p50_ms"], 2)}

    async def _mission(self, asking: httpx.AsyncClient, answering: httpx.AsyncClient) -> float:
        """Seconds from the PATCH to the target's call."""
        prompt = {"prompt": "service=target-medium and so on"}
        mission = (await asking.post("/api/missions", json=prompt)).json()["missionId"]
        which = await self._until(lambda: _waiting(asking, mission))
        card = (await answering.get(f"/api/approvals/{which}")).json()
        body = {"status": "APPROVED", "notes": "bench", "actionHash": card["actionHash"]}
        began = time.time()
        (await answering.patch(f"/api/approvals/{which}/respond", json=body)).raise_for_status()
        asked = await self._until(lambda: _line(self.folder / "asked", which))
        await self._until(lambda: _ended(asking, mission))
        return float(asked) - began

    async def _bare(self, temporal: Client, api: Database) -> float:
        """Seconds from the same commits as a PATCH's, and a signal, to the end of the second activity."""
        key = str(uuid4())
        handle = await temporal.start_workflow(
            BareWorkflow.run,
            args=[key, (MISSIONS, ACTIONS)],
            id=mission_workflow_id(ORG, UUID(key)),
            task_queue=MISSIONS,
        )
        await handle.query("__stack_trace")  # it waits for the signal, on a worker that has it in memory
        began = time.time()
        await commit(api, write=False)  # as the session is read
        await commit(api, write=True)  # as the vote is counted
        await handle.signal(BareWorkflow.ring)
        asked = await self._until(lambda: _line(self.folder / "bare", key))
        await handle.result()
        return float(asked) - began

    async def _until(self, ask: "Asking") -> str:
        async with asyncio.timeout(PATIENCE_S):
            while not (answer := await ask()):  # noqa: ASYNC110  it happens in other processes
                await asyncio.sleep(0.05)
            return answer


Asking = Callable[[], Awaitable[str]]


async def _waiting(asking: httpx.AsyncClient, mission: str) -> str:
    """The approval, once the workflow has looked at its row and waits."""
    detail = (await asking.get(f"/api/missions/{mission}")).json()["mission"]
    return str(detail["approvalId"] or "") if detail["status"] == Status.AWAITING_APPROVAL else ""


async def _ended(asking: httpx.AsyncClient, mission: str) -> str:
    detail = (await asking.get(f"/api/missions/{mission}")).json()["mission"]
    return str(detail["outcome"] or "")


async def _line(file: Path, key: str) -> str:
    """When the key was asked for, epoch seconds; empty while it was not."""
    try:
        lines = (await asyncio.to_thread(file.read_text)).splitlines()
    except FileNotFoundError:
        return ""
    return next((line.split()[1] for line in reversed(lines) if line.startswith(key)), "")
