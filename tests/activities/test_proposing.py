"""A cause becomes exactly one typed action of the catalog, or none."""

import pytest
import sample_words as sample
from memory_actuator import MemoryActuator
from memory_world import registered

from activities.proposing import Findings, Proposing
from missions.diagnosis import Diagnosis, Finding
from missions.plan import ActionKind
from missions.proposal import Proposal, TargetState


async def proposed(
    remedies: tuple[ActionKind, ...],
    actions: tuple[ActionKind, ...] = tuple(ActionKind),
    state: TargetState | None = None,
) -> Proposal | None:
    proposing = Proposing(registered(MemoryActuator(state or sample.state())))
    return await proposing.propose(Findings(diagnosis=advised(*remedies), plan=sample.plan(actions=actions)))


def advised(*remedies: ActionKind) -> Diagnosis:
    found = sample.diagnosis()
    cause = found.root_cause_candidates[0].model_copy(update={"remediation": remedies})
    return found.model_copy(update={"root_cause_candidates": (cause,)})


@pytest.mark.parametrize(
    ("kind", "params", "now", "then", "undo"),
    [
        (ActionKind.RESTART, {}, "running", "replaced one by one", "not undone"),
        (ActionKind.SCALE, {"replicas": 3}, 2, 3, "Scale payments (replicas=2)"),
        (ActionKind.ROLLBACK, {"revision": 1}, 2, 1, "Rollback payments (revision=2)"),
    ],
)
async def test_every_action_is_absolute_and_shows_its_difference(
    kind: ActionKind, params: dict[str, int], now: object, then: object, undo: str
) -> None:
    """A target value, never "one more"; with what it is now, and how it is undone."""
    proposal = await proposed((kind,))
    assert proposal is not None
    assert (proposal.action.kind, proposal.action.params) == (kind, params)
    assert (proposal.action.service, proposal.action.environment) == (sample.SERVICE, "demo")
    assert [(line.now, line.proposed) for line in proposal.diff] == [(now, then)]
    assert undo in proposal.rollback
    assert proposal.pre_state == sample.state()


async def test_what_an_approver_must_know() -> None:
    """Reason and evidence of the diagnosis, who is hit, what else was possible."""
    proposal = await proposed((ActionKind.RESTART, ActionKind.SCALE))
    cause = sample.diagnosis().cause
    assert proposal is not None
    assert cause is not None
    assert (proposal.reason, proposal.confidence) == (cause.explanation, cause.confidence)
    assert proposal.evidence == ("payments/memory",)
    assert proposal.blast_radius == "2 replicas of payments (v2); called by web."
    assert [one.words for one in proposal.alternatives] == ["scale payments (replicas=3)"]


async def test_only_what_is_in_scope() -> None:
    """The first remedy that the plan permits; none, if it permits none."""
    remedies = (ActionKind.ROLLBACK, ActionKind.RESTART)
    proposal = await proposed(remedies, actions=(ActionKind.RESTART,))
    assert proposal is not None
    assert (proposal.action.kind, proposal.alternatives) == (ActionKind.RESTART, ())
    assert await proposed(remedies, actions=()) is None
    assert await proposed(()) is None


async def test_no_rollback_without_a_revision_before() -> None:
    """The next possible remedy instead, or none."""
    first = sample.state(previous_revision=None)
    assert await proposed((ActionKind.ROLLBACK,), state=first) is None
    proposal = await proposed((ActionKind.ROLLBACK, ActionKind.RESTART), state=first)
    assert proposal is not None
    assert proposal.action.kind is ActionKind.RESTART


@pytest.mark.parametrize("verdict", [Finding.HEALTHY, Finding.INCONCLUSIVE])
async def test_nothing_found_nothing_proposed(verdict: Finding) -> None:
    """The target is not even looked at."""
    actuator = MemoryActuator(sample.state(service="other"))
    findings = Findings(diagnosis=sample.diagnosis(verdict), plan=sample.plan())
    assert await Proposing(registered(actuator)).propose(findings) is None


async def test_a_service_that_nobody_can_change() -> None:
    """A cause in something unknown to the actuator has no action: nothing is proposed."""
    assert await proposed((ActionKind.RESTART,), state=sample.state(service="other")) is None
