from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.acting_places import action_place, identity_of, name_in_diagnosis, reaches
from activities.ports import Actuators
from missions.catalog import CatalogEntry, difference, drift
from missions.diagnosis import Candidate, Diagnosis, DiagnosisVerdict
from missions.errors import NotFoundError, RefusedError
from missions.frozen_model import FrozenModel
from missions.plan import Plan
from missions.proposal import Action, Alternative, Impact, Proposal, TargetState

MIN_CONFIDENCE = 0.2
"""A further candidate below this confidence is no reason to act."""

NO_ORGANIZATION = ""
"""The organization of an input from before targets belonged to organizations: no target serves it."""


class ProposeInput(FrozenModel):
    """The input of propose: `tried` are the actions that the mission of `org` has proposed before."""

    org: str = NO_ORGANIZATION
    diagnosis: Diagnosis
    plan: Plan
    tried: tuple[Action, ...] = ()


class RenewInput(FrozenModel):
    """The input of renew: a proposal whose target, or whose policy, has changed."""

    org: str = NO_ORGANIZATION
    diagnosis: Diagnosis
    proposal: Proposal


class UndoInput(FrozenModel):
    """The input of propose_undo: a proposal that was applied under this approval and did not help."""

    org: str = NO_ORGANIZATION
    diagnosis: Diagnosis
    proposal: Proposal
    approval_id: UUID


@dataclass(frozen=True)
class ProposalOption:
    """One action against one candidate cause, with the target's current state."""

    cause: Candidate
    entry: CatalogEntry
    action: Action
    state: TargetState


class Proposing:
    """Turns causes into typed actions of the catalog. Runs in the worker that can read the targets."""

    def __init__(self, actuators: Actuators) -> None:
        self._actuators = actuators

    @activity.defn
    async def propose(self, propose_input: ProposeInput) -> Proposal | None:
        """The organization's best action that is in scope, possible and not tried, or None."""
        options = await self._options(propose_input)
        for number, option in enumerate(options):
            if not propose_input.tried and option.cause != propose_input.diagnosis.cause:
                return None  # no action for the cause itself: do not act on another service on a guess
            try:
                dry_run = await self._actuators.checked(propose_input.org, option.action).rehearse(
                    option.action
                )
            except RefusedError:  # the dry run failed
                continue
            proposal = _proposal(option, propose_input.diagnosis, dry_run)
            alternatives = tuple(_alternative(other) for other in options[number + 1 :])
            return proposal.model_copy(update={"alternatives": alternatives})
        return None

    @activity.defn
    async def renew(self, renew_input: RenewInput) -> Proposal | None:
        """The same action for the current state, with what changed; None if it is not possible any more."""
        old, org = renew_input.proposal, renew_input.org
        entry = self._actuators.entry(org, old.action)
        if entry is None:
            return None
        try:
            actuator = self._actuators.checked(org, old.action)
            state = await actuator.state(old.action.service)
            # An undo keeps its destination, whatever state the target is in now.
            action = old.action if old.undoes else entry.action(state, old.action.place)
            if action is None:
                return None
            dry_run = await self._actuators.checked(org, action).rehearse(action)
        except (NotFoundError, RefusedError):
            return None
        impact = _impact(state, renew_input.diagnosis, name_in_diagnosis(action, renew_input.diagnosis))
        undo = entry.undo(state, action.place)
        return old.model_copy(
            update={
                "action": action,
                "pre_state": state,
                "diff": difference(action, state),
                "changed": drift(old.pre_state, state),
                "impact": impact,
                "blast_radius": impact.words,
                "undo": None if old.undoes else undo,
                "rollback": old.rollback if old.undoes else _rollback(undo, state),
                "dry_run": dry_run,
                "severity": entry.severity,
            }
        )

    @activity.defn
    async def propose_undo(self, undo_input: UndoInput) -> Proposal | None:
        """A proposal that undoes the action; None if it cannot be undone."""
        proposal, undo = undo_input.proposal, undo_input.proposal.undo
        if undo is None:
            return None
        try:
            actuator = self._actuators.checked(undo_input.org, undo)
            state = await actuator.state(undo.service)
            dry_run = await actuator.rehearse(undo)
        except (NotFoundError, RefusedError):
            return None
        entry = self._actuators.entry(undo_input.org, undo)
        impact = _impact(state, undo_input.diagnosis, name_in_diagnosis(undo, undo_input.diagnosis))
        return proposal.model_copy(
            update={
                "action": undo,
                "reason": f"{proposal.action.words} did not help: this undoes it.",
                "pre_state": state,
                "diff": difference(undo, state),
                "changed": (),
                "impact": impact,
                "blast_radius": impact.words,
                "undo": None,
                "rollback": "This action is the rollback.",
                "verification": "The target's state is read again; the metrics are not expected to change.",
                "alternatives": (),
                "dry_run": dry_run,
                "severity": entry.severity if entry else proposal.severity,
                "undoes": undo_input.approval_id,
                "proof": None,
            }
        )

    async def _options(self, propose_input: ProposeInput) -> list[ProposalOption]:
        """All possible actions: by rank of the cause, then in the order of its remedies."""
        options: list[ProposalOption] = []
        org = propose_input.org
        for cause in _causes(propose_input.diagnosis):
            kinds = [kind for kind in cause.remediation if kind in propose_input.plan.actions]
            identity = identity_of(cause)
            entries = [e for kind in kinds for e in self._actuators.remedies(org, kind, identity.service)]
            for entry in entries:
                try:
                    actuator_place = self._actuators.place(org, entry.actuator)
                    if not reaches(actuator_place, identity, propose_input.plan):
                        continue  # it acts on another service of this name
                    state = await self._actuators.named(org, entry.actuator).state(identity.service)
                except (NotFoundError, RefusedError):  # no actuator knows this service
                    continue
                action = entry.action(state, action_place(actuator_place, propose_input.plan))
                if action is None or any(action.resembles(tried) for tried in propose_input.tried):
                    continue
                if not any(action.resembles(option.action) for option in options):
                    options.append(ProposalOption(cause, entry, action, state))
        return options


def _causes(diagnosis: Diagnosis) -> tuple[Candidate, ...]:
    """The cause, and the further candidates above MIN_CONFIDENCE."""
    if diagnosis.verdict is not DiagnosisVerdict.FOUND:
        return ()
    first, *others = diagnosis.root_cause_candidates
    return (first, *(candidate for candidate in others if candidate.confidence >= MIN_CONFIDENCE))


def _proposal(option: ProposalOption, diagnosis: Diagnosis, dry_run: str) -> Proposal:
    action, state = option.action, option.state
    impact = _impact(state, diagnosis, option.cause.service)
    undo = option.entry.undo(state, action.place)
    return Proposal(
        action=action,
        reason=option.cause.explanation,
        confidence=option.cause.confidence,
        pre_state=state,
        diff=difference(action, state),
        impact=impact,
        blast_radius=impact.words,
        undo=undo,
        rollback=_rollback(undo, state),
        verification=option.entry.verification,
        evidence=tuple(citation.id for citation in option.cause.evidence),
        dry_run=dry_run,
        severity=option.entry.severity,
    )


def _alternative(option: ProposalOption) -> Alternative:
    return Alternative(
        action=option.action,
        words=option.action.words,
        reason=option.cause.explanation,
        confidence=option.cause.confidence,
    )


def _impact(state: TargetState, diagnosis: Diagnosis, name: str) -> Impact:
    """The service, `name` in the diagnosis, and its direct and indirect callers, nearest first."""
    callers: list[str] = []
    reached = [name]
    for callee in reached:  # the list grows during the loop: a breadth-first walk
        for edge in diagnosis.service_graph.dependencies:
            if edge.callee == callee and edge.caller not in reached:
                reached.append(edge.caller)
                callers.append(edge.caller)
    return Impact(
        service=name,
        version=state.version,
        replicas=state.replicas,
        requests_per_second=diagnosis.traffic.get(name),
        dependents=tuple(callers),
    )


def _rollback(undo: Action | None, state: TargetState) -> str:
    if undo is None:
        return "It cannot be undone; version, revision and replicas stay as they are."
    return f"{undo.words.capitalize()}: returns {state.service} to its current state."
