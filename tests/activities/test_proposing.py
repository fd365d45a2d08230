"""A cause gives exactly one typed action of the catalog, or none."""

from uuid import UUID

import pytest
import samples as sample
from memory_actuator import MemoryActuator
from memory_world import registered

from activities.proposing import ProposeInput, Proposing, RenewInput, UndoInput
from missions.diagnosis import Diagnosis, DiagnosisVerdict, ServiceGraph
from missions.evidence import Dependency
from missions.plan import ActionKind
from missions.proposal import Action, Impact, Proposal, RiskLevel, TargetState


async def proposed(
    remedies: tuple[ActionKind, ...],
    actions: tuple[ActionKind, ...] = tuple(ActionKind),
    state: TargetState | None = None,
) -> Proposal | None:
    proposing = Proposing(registered(MemoryActuator(state or sample.state())))
    return await proposing.propose(
        ProposeInput(org=sample.ORG, diagnosis=advised(*remedies), plan=sample.plan(actions=actions))
    )


def advised(*remedies: ActionKind) -> Diagnosis:
    diagnosis = sample.diagnosis()
    cause = diagnosis.root_cause_candidates[0].model_copy(update={"remediation": remedies})
    return diagnosis.model_copy(update={"root_cause_candidates": (cause,)})


@pytest.mark.parametrize(
    ("kind", "params", "now", "then", "undo"),
    [
        (ActionKind.RESTART, {}, "running", "replaced one by one", "cannot be undone"),
        (ActionKind.SCALE, {"replicas": 3}, 2, 3, "Scale payments (replicas=2)"),
        (ActionKind.ROLLBACK, {"revision": 1}, 2, 1, "Rollback payments (revision=2)"),
    ],
)
async def test_every_action_is_absolute_and_shows_its_difference(
    kind: ActionKind, params: dict[str, int], now: object, then: object, undo: str
) -> None:
    """An action has a target value, the current value, and its undo."""
    proposal = await proposed((kind,))
    assert proposal is not None
    assert (proposal.action.kind, proposal.action.params) == (kind, params)
    assert (proposal.action.service, proposal.action.environment) == (sample.SERVICE, "demo")
    assert [(line.now, line.proposed) for line in proposal.diff] == [(now, then)]
    assert undo in proposal.rollback
    assert proposal.pre_state == sample.state()


async def test_what_an_approver_must_know() -> None:
    """The proposal has reason and evidence of the diagnosis, the blast radius and the alternatives."""
    proposal = await proposed((ActionKind.RESTART, ActionKind.SCALE))
    cause = sample.diagnosis().cause
    assert proposal is not None
    assert cause is not None
    assert (proposal.reason, proposal.confidence) == (cause.explanation, cause.confidence)
    assert proposal.evidence == ("payments/memory",)
    assert proposal.blast_radius == "2 replicas of payments (v2); called by web."
    assert [alternative.words for alternative in proposal.alternatives] == ["scale payments (replicas=3)"]


async def test_only_what_is_in_scope() -> None:
    """The first remedy that the plan permits is proposed, or none."""
    remedies = (ActionKind.ROLLBACK, ActionKind.RESTART)
    proposal = await proposed(remedies, actions=(ActionKind.RESTART,))
    assert proposal is not None
    assert (proposal.action.kind, proposal.alternatives) == (ActionKind.RESTART, ())
    assert await proposed(remedies, actions=()) is None
    assert await proposed(()) is None


async def test_no_rollback_without_a_revision_before() -> None:
    """Without a previous revision the next possible remedy is proposed, or none."""
    first = sample.state(previous_revision=None)
    assert await proposed((ActionKind.ROLLBACK,), state=first) is None
    proposal = await proposed((ActionKind.ROLLBACK, ActionKind.RESTART), state=first)
    assert proposal is not None
    assert proposal.action.kind is ActionKind.RESTART


@pytest.mark.parametrize("verdict", [DiagnosisVerdict.HEALTHY, DiagnosisVerdict.INCONCLUSIVE])
async def test_nothing_found_nothing_proposed(verdict: DiagnosisVerdict) -> None:
    """Without a found cause nothing is proposed, and the target is not read."""
    actuator = MemoryActuator(sample.state(service="other"))
    findings = ProposeInput(org=sample.ORG, diagnosis=sample.diagnosis(verdict), plan=sample.plan())
    assert await Proposing(registered(actuator)).propose(findings) is None


async def test_a_service_that_nobody_can_change() -> None:
    """A cause in a service that the actuator does not know gives no proposal."""
    assert await proposed((ActionKind.RESTART,), state=sample.state(service="other")) is None


def two_causes(second: float = 0.4) -> Diagnosis:
    """Checkout first, payments second."""
    diagnosis = advised(ActionKind.RESTART)
    (leak,) = diagnosis.root_cause_candidates
    first = leak.model_copy(update={"service": "checkout", "remediation": (ActionKind.ROLLBACK,)})
    causes = (first, leak.model_copy(update={"confidence": second}))
    return diagnosis.model_copy(update={"root_cause_candidates": causes})


def two_targets() -> MemoryActuator:
    return MemoryActuator(sample.state(), sample.state(service="checkout"))


async def words(diagnosis: Diagnosis, actuator: MemoryActuator, *tried: Action) -> list[str]:
    """The words of the proposed action and of its alternatives."""
    findings = ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan(), tried=tried)
    proposal = await Proposing(registered(actuator)).propose(findings)
    return (
        []
        if proposal is None
        else [proposal.action.words, *(alternative.words for alternative in proposal.alternatives)]
    )


async def test_candidates_are_ranked() -> None:
    """The remedies of the first cause come before those of the next likely one; tried ones are left out."""
    actuator = two_targets()
    assert await words(two_causes(), actuator) == ["rollback checkout (revision=1)", "restart payments"]
    assert await words(two_causes(second=0.1), actuator) == ["rollback checkout (revision=1)"]
    findings = ProposeInput(org=sample.ORG, diagnosis=two_causes(), plan=sample.plan())
    first = await Proposing(registered(actuator)).propose(findings)
    assert first is not None
    other = first.action.model_copy(update={"params": {"revision": 0}})  # the same verb on the same target
    assert await words(two_causes(), actuator, other) == ["restart payments"]


async def test_what_the_dry_run_refuses_is_not_proposed() -> None:
    """The next remedy that the target accepts is proposed, or none."""
    actuator = two_targets()
    actuator.refuses = {ActionKind.RESTART: "It is being drained."}
    assert await words(advised(ActionKind.RESTART, ActionKind.SCALE), actuator) == [
        "scale payments (replicas=3)"
    ]
    actuator.refuses[ActionKind.SCALE] = "There is no room."
    assert await words(advised(ActionKind.RESTART, ActionKind.SCALE), actuator) == []


async def test_where_nothing_helps_the_cause_nothing_else_is_touched() -> None:
    """A less likely service is proposed only after the first cause's remedy was tried."""
    actuator, diagnosis = two_targets(), two_causes()
    first, second = diagnosis.root_cause_candidates
    hopeless = first.model_copy(update={"remediation": ()})
    nothing = diagnosis.model_copy(update={"root_cause_candidates": (hopeless, second)})
    assert await words(nothing, actuator) == []
    actuator.refuses = {ActionKind.ROLLBACK: "There is no image."}
    assert await words(diagnosis, actuator) == []


async def test_the_blast_radius_is_measured() -> None:
    """It has replicas, current requests per second, and all direct and indirect callers."""
    edges = (("web", "checkout"), ("checkout", "payments"), ("payments", "web"), ("admin", "checkout"))
    graph = ServiceGraph(dependencies=tuple(Dependency(caller=a, callee=b) for a, b in edges))
    diagnosis = advised(ActionKind.RESTART).model_copy(
        update={"service_graph": graph, "traffic": {"payments": 12.34}}
    )
    findings = ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan())
    proposal = await Proposing(registered(MemoryActuator(sample.state()))).propose(findings)
    assert proposal is not None
    assert proposal.impact == Impact(
        service="payments",
        version="v2",
        replicas=2,
        requests_per_second=12.34,
        dependents=("checkout", "web", "admin"),
    )
    assert proposal.blast_radius == (
        "2 replicas of payments (v2), 12.3 requests per second now; called by checkout, web, admin."
    )
    assert proposal.dry_run == "It would restart payments."


async def test_the_way_back_is_an_action_of_its_own() -> None:
    """The undo is a typed action on the current target; None if there is no undo."""
    actuator = MemoryActuator(sample.state())
    proposing = Proposing(registered(actuator))
    for kind, back in ((ActionKind.SCALE, {"replicas": 2}), (ActionKind.ROLLBACK, {"revision": 2})):
        diagnosis = advised(kind)
        proposal = await proposing.propose(
            ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan())
        )
        assert proposal is not None
        await actuator.apply(proposal.action, str(kind), proposal.pre_state)
        undoing = UndoInput(org=sample.ORG, diagnosis=diagnosis, proposal=proposal, approval_id=UUID(int=1))
        undo = await proposing.propose_undo(undoing)
        assert undo is not None
        assert (undo.action.kind, undo.action.params, undo.undoes) == (kind, back, UUID(int=1))
        assert undo.pre_state == actuator.now
        assert undo.undo is None
        await actuator.apply(undo.action, f"{kind}-back", undo.pre_state)
    diagnosis = advised(ActionKind.RESTART)
    proposal = await proposing.propose(ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan()))
    assert proposal is not None
    restarted = UndoInput(org=sample.ORG, diagnosis=diagnosis, proposal=proposal, approval_id=UUID(int=1))
    assert await proposing.propose_undo(restarted) is None


async def test_a_way_back_leads_where_it_led() -> None:
    """A renewed undo still goes back to the original revision."""
    actuator = MemoryActuator(sample.state())
    proposing, diagnosis = Proposing(registered(actuator)), advised(ActionKind.ROLLBACK)
    proposal = await proposing.propose(ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan()))
    assert proposal is not None
    await actuator.apply(proposal.action, "k", proposal.pre_state)
    undo = await proposing.propose_undo(
        UndoInput(org=sample.ORG, diagnosis=diagnosis, proposal=proposal, approval_id=UUID(int=1))
    )
    assert undo is not None
    actuator.now = sample.state(generation=9, revision=5, previous_revision=4)
    again = await proposing.renew(RenewInput(org=sample.ORG, diagnosis=diagnosis, proposal=undo))
    assert again is not None
    assert (again.action, again.undoes) == (undo.action, undo.undoes)
    assert ("generation", 4, 9) in [
        (difference.field, difference.now, difference.proposed) for difference in again.changed
    ]


class ReadActuator(MemoryActuator):
    """A target that counts how often it is read."""

    reads = 0

    async def state(self, service: str) -> TargetState:
        self.reads += 1
        return await super().state(service)


@pytest.mark.parametrize("org", ["other", "", "dem", "demo-2", "*"])
async def test_az9_nothing_is_proposed_for_others(org: str) -> None:
    """For an organization that the target does not serve, no action exists, and the target is not read."""
    actuator = ReadActuator(sample.state())
    proposing, diagnosis = Proposing(registered(actuator)), advised(*ActionKind)
    plan = sample.plan()
    own = await proposing.propose(ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=plan))
    assert own is not None
    undone = own.model_copy(update={"undo": own.action})
    reads = actuator.reads
    assert await proposing.propose(ProposeInput(org=org, diagnosis=diagnosis, plan=plan)) is None
    assert await proposing.renew(RenewInput(org=org, diagnosis=diagnosis, proposal=own)) is None
    undo = UndoInput(org=org, diagnosis=diagnosis, proposal=undone, approval_id=UUID(int=1))
    assert await proposing.propose_undo(undo) is None
    assert actuator.reads == reads
    without = ProposeInput.model_validate({"diagnosis": diagnosis, "plan": plan})  # of an older history
    assert await proposing.propose(without) is None


async def test_a_renewed_proposal_has_the_severity_of_today() -> None:
    """A catalog that rates an action differently by now counts for the new approval."""
    proposing, diagnosis = Proposing(registered(MemoryActuator(sample.state()))), advised(ActionKind.RESTART)
    proposal = await proposing.propose(ProposeInput(org=sample.ORG, diagnosis=diagnosis, plan=sample.plan()))
    assert proposal is not None
    old = proposal.model_copy(update={"severity": RiskLevel.CRITICAL})
    again = await proposing.renew(RenewInput(org=sample.ORG, diagnosis=diagnosis, proposal=old))
    assert again is not None
    assert again.severity is RiskLevel.LOW
