from memory_gate import MemoryGate

from missions.errors import NotFoundError
from missions.proposal import Action, Receipt, TargetState


class MemoryActuator:
    """One target, and every effect on it: `effects` counts what really happened outside."""

    def __init__(self, state: TargetState) -> None:
        self.now: TargetState | None = state
        self.effects: list[tuple[str, Action]] = []
        self.gate = MemoryGate()
        self.errors: list[Exception] = []
        """Raised after the effect, one per call: the answer got lost."""
        self.away: Exception | None = None
        """Raised before the effect, by every call: the target does not answer."""

    async def state(self, service: str) -> TargetState:
        """The target now. Raises NotFoundError."""
        if self.now is None or self.now.service != service:
            raise NotFoundError(f"Unknown service {service}.")
        return self.now

    async def apply(self, action: Action, key: str) -> Receipt:
        """Does it once for this key, and returns when it is done."""
        await self.gate.pass_through()
        if self.away is not None:
            raise self.away
        done = await self.find(key)
        if done is None:
            self.effects.append((key, action))
            done = self._receipt(key, action)
        if self.errors:
            raise self.errors.pop()
        return done

    async def find(self, key: str) -> Receipt | None:
        """What was done under this key, or None."""
        return next((self._receipt(key, action) for known, action in self.effects if known == key), None)

    def _receipt(self, key: str, action: Action) -> Receipt:
        return Receipt(key=key, applied=True, detail=f"Done: {action.words}.")
