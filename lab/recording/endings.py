"""How incidents end: the actions of operators, by the truth that the lab knows."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from lab.faults.fault import Fault, NotConfirmedError
from lab.faults.registry import draw_fault
from lab.faults.truth import LabAction
from lab.operations.operations import OperationError
from lab.platform import Lab
from lab.recording.truth import Ending, RecordedAction
from lab.topology import INSTANCES, SLOTS, Component
from missions.plan import ActionKind

REPAIR = "repair"
"""The kind of an action outside of those that a mission may propose."""
RELAPSE_S = 45.0
_REPAIR_S = 60.0
_DRAWS = 60


class IncidentEnding:
    """Ends one incident of these faults, the one to cure first. Keeps what was done."""

    def __init__(self, lab: Lab, faults: list[Fault], seed: int, progress: Callable[[str], None]) -> None:
        self._lab = lab
        self._faults = faults
        self._seed = seed
        self._progress = progress
        self.actions: list[RecordedAction] = []

    async def begin(self, ending: Ending) -> Ending:
        """Does what the ending begins with; returns the ending that was possible."""
        fault = self._faults[0]
        match ending:
            case Ending.WRONG_ACTION:
                await self._do(_wrong(fault))
            case Ending.HALF_CURE:
                return await self._half_cure(fault)
            case _:
                for part in parts_of(fault):
                    await self._cure(part)
        return ending

    async def _half_cure(self, fault: Fault) -> Ending:
        """Cures one of two, or leaves a weaker fault; a relapse where every draw is the same."""
        parts = parts_of(fault)
        await self._cure(parts[0])
        if len(parts) > 1:
            return Ending.HALF_CURE
        weaker = weaker_draw(fault, self._seed)
        if weaker is None:
            return Ending.RELAPSE
        await weaker.inject(self._lab)
        self._faults.append(weaker)
        return Ending.HALF_CURE

    async def go_on(self, ending: Ending) -> None:
        """What happens later: a cure that does not hold."""
        if ending is Ending.RELAPSE:
            await asyncio.sleep(RELAPSE_S)
            await self._faults[0].inject(self._lab)
            self._progress("the fault is back")

    async def _cure(self, fault: Fault) -> None:
        """The first action that helps, else a repair; a repair too where the action was refused."""
        if fault.helps and await self._do(fault.helps[0]):
            return
        self.actions.append(_action(REPAIR, str(fault.component)))
        async with asyncio.timeout(_REPAIR_S):
            await fault.lift(self._lab)

    async def _do(self, action: LabAction) -> bool:
        """Whether the action could be done."""
        self.actions.append(_action(str(action.kind), action.service))
        operations = self._lab.operations
        try:
            match action.kind:
                case ActionKind.RESTART:
                    await operations.restart(action.service)
                case ActionKind.ROLLBACK:
                    await operations.rollback(action.service)
                case ActionKind.SCALE:
                    usual = INSTANCES.get(Component(action.service), 1)
                    await operations.scale(action.service, min(SLOTS, 2 * usual))
        except OperationError as error:
            self._progress(f"{action} was refused: {error}")
            return False
        return True


def parts_of(fault: Fault) -> tuple[Fault, ...]:
    """The faults that are injected as one: each has a cure of its own."""
    parts: tuple[Fault, ...] = getattr(fault, "parts", (fault,))
    return parts


def weaker_draw(fault: Fault, seed: int) -> Fault | None:
    """Another draw of the same kind in the same component: a smaller one where sizes are drawn.

    None where every draw is the same.
    """
    size = getattr(fault, "size", None)
    for other_seed in range(seed + 1, seed + _DRAWS):
        other = draw_fault(fault.kind, other_seed)
        if other.component != fault.component or other.detail == fault.detail:
            continue
        other_size = getattr(other, "size", None)
        if size is None or other_size is None or other_size < size:
            return other
    return None


async def recovered_at(lab: Lab, fault: Fault, limit_s: float) -> datetime | None:
    """When the system was well again by its own measures; None where it was not within the limit, seconds."""
    began = time.time()
    with contextlib.suppress(NotConfirmedError):
        return datetime.fromtimestamp(began + await fault.confirm_cured(lab, limit_s=limit_s), UTC)
    return None


def _wrong(fault: Fault) -> LabAction:
    """An action that does not help: one that the fault names, else a restart of a service beside it."""
    if fault.does_not_help:
        return fault.does_not_help[0]
    helping = {action.service for action in fault.helps} | {str(fault.component)}
    beside = next(name for name in INSTANCES if str(name) not in helping)
    return LabAction(ActionKind.RESTART, str(beside))


def _action(kind: str, service: str) -> RecordedAction:
    return RecordedAction(at=datetime.now(UTC), kind=kind, service=service)
