"""`python -m lab record`: makes the recordings of a plan, or those that are missing."""

import contextlib
import time

from lab.incident import impossible_faults
from lab.recording.archive import recordings_in
from lab.recording.core import equal_share, pin
from lab.recording.plan import draw_plan, portion
from lab.recording.session import RecordingSession
from lab.recording.split import SPLIT
from lab.topology import LabNetwork
from runtime.local_settings import ROOT, LabRecordSettings

RECORDINGS = ROOT / "lab" / "recordings"


async def record(settings: LabRecordSettings) -> int:
    """Records until the portion of the plan is complete. Exit code 1 where an incident could not be."""
    left_out = impossible_faults()
    for kind, reason in left_out.items():
        say(f"{kind} is left out: {reason}")
    families = {kind: str(split.family) for kind, split in SPLIT.items() if kind not in left_out}
    part, parts = map(int, (settings.part or "1/1").split("/"))
    plan = portion(draw_plan(settings.n, families, settings.plan_seed), part, parts)
    if parts > 1:
        core = pin(part)
        say(f"part {part} of {parts}: {len(plan)} incidents, the whole lab on core {core}")
    network = LabNetwork(settings.network)
    with equal_share(network.number) if parts > 1 else contextlib.nullcontext():
        session = RecordingSession(settings.ops_agent_data, network, RECORDINGS, plan, say)
        missing = await session.run()
    say(f"{len(recordings_in(RECORDINGS / 'development'))} recordings for development are in {RECORDINGS}")
    return 1 if missing else 0


def say(text: str) -> None:
    """A line of progress, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
