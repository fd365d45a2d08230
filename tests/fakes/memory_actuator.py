from gate import Gate

from missions.errors import NotFoundError, RefusedError
from missions.plan import ActionKind
from missions.proposal import Action, Receipt, Refusal, TargetState


class MemoryActuator:
    """Some targets in memory; `effects` lists every effect on them."""

    def __init__(self, *states: TargetState) -> None:
        self.targets = {state.service: state for state in states}
        self.repeatable = True
        self.effects: list[tuple[str, Action]] = []
        self.gate = Gate()
        self.errors: list[Exception] = []
        """Raised after the effect, one per call: a lost response."""
        self.away: Exception | None = None
        """Raised before the effect, by every call: an unreachable target."""
        self.refuses: dict[ActionKind, str] = {}
        """The actions that the target refuses, with the reasons."""

    @property
    def now(self) -> TargetState | None:
        """The first target."""
        return next(iter(self.targets.values()), None)

    @now.setter
    def now(self, state: TargetState | None) -> None:
        """Changes or removes it from outside."""
        self.targets = {} if state is None else self.targets | {state.service: state}

    async def state(self, service: str) -> TargetState:
        """The target now. Raises NotFoundError."""
        if service not in self.targets:
            raise NotFoundError(f"Unknown service {service}.")
        return self.targets[service]

    async def rehearse(self, action: Action) -> str:
        """A dry run."""
        if action.kind in self.refuses:
            raise RefusedError(self.refuses[action.kind])
        return f"It would {action.words}."

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:
        """Does it once for this key to a target in this state, and returns when it is done."""
        await self.gate.pass_through()
        if self.away is not None:
            raise self.away
        if action.kind in self.refuses:
            return Receipt(key=key, applied=False, detail=self.refuses[action.kind])
        done = await self.find(action, key)
        if done is None and self.targets.get(action.service) != expected:
            return Receipt(key=key, applied=False, refusal=Refusal.CHANGED, detail="It has changed.")
        if done is None:
            self.effects.append((key, action))
            self._change(action)
            done = self._receipt(key, action)
        if self.errors:
            raise self.errors.pop()
        return done

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  it knows by key
        """The receipt for this key, or None; without idempotence always None."""
        if not self.repeatable:
            return None
        return next((self._receipt(key, action) for done, action in self.effects if done == key), None)

    def _change(self, action: Action) -> None:
        """As in the shop, every change increments the generation."""
        was = self.targets[action.service]
        changes: dict[str, object] = {"generation": int(was.generation) + 1, **action.params}
        if action.kind is ActionKind.ROLLBACK:
            changes |= {"version": f"v{action.params['revision']}", "previous_revision": was.revision}
        self.targets[action.service] = was.model_copy(update=changes)

    async def close(self) -> None:
        """Does nothing: there are no resources."""

    def _receipt(self, key: str, action: Action) -> Receipt:
        return Receipt(key=key, applied=True, detail=f"Done: {action.words}.")
