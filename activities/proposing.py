from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.ports import Actuators
from missions.catalog import CatalogEntry, difference, drift
from missions.diagnosis import Candidate, Diagnosis, DiagnosisVerdict
from missions.errors import NotFoundError, RefusedError
from missions.frozen_model import FrozenModel
from missions.plan import Plan
from missions.proposal import Action, Alternative, Impact, Proposal, TargetState

LEAST = 0.2
"""Confidence below which a further cause is no reason to touch anything."""


class ProposeInput(FrozenModel):
    """The input of propose: `tried` is what this mission has proposed before."""

    diagnosis: Diagnosis
    plan: Plan
    tried: tuple[Action, ...] = ()


class RenewInput(FrozenModel):
    """The input of renew: the target changed since this was proposed."""

    diagnosis: Diagnosis
    proposal: Proposal


class UndoInput(FrozenModel):
    """The input of propose_undo: what was done under this approval did not help."""

    diagnosis: Diagnosis
    proposal: Proposal
    approval_id: UUID


@dataclass(frozen=True)
class ProposalOption:
    """One thing that could be done about one candidate cause, with the target as it is now."""

    cause: Candidate
    entry: CatalogEntry
    action: Action
    state: TargetState


class Proposing:
    """Turns causes into typed actions of the catalog. Runs where the targets can be read."""

    def __init__(self, actuators: Actuators) -> None:
        self._actuators = actuators

    @activity.defn
    async def propose(self, findings: ProposeInput) -> Proposal | None:
        """The best action that is in scope, possible and not tried yet, with the next ones; or None."""
        options = await self._options(findings)
        for number, option in enumerate(options):
            if not findings.tried and option.cause != findings.diagnosis.cause:
                return None  # where nothing helps the cause, another service is not touched on a guess
            try:
                dry_run = await self._actuators.checked(option.action).rehearse(option.action)
            except RefusedError:  # the target would not do it
                continue
            proposal = _proposal(option, findings.diagnosis, dry_run)
            others = tuple(_alternative(other) for other in options[number + 1 :])
            return proposal.model_copy(update={"alternatives": others})
        return None

    @activity.defn
    async def renew(self, renewal: RenewInput) -> Proposal | None:
        """The same remedy for the target as it is now, with what changed; None where it is not possible."""
        old = renewal.proposal
        entry = self._actuators.catalog.of(old.action)
        if entry is None:
            return None
        try:
            actuator = self._actuators.checked(old.action)
            state = await actuator.state(old.action.service)
            # What takes something back leads to where it came from, however the target looks by now.
            action = old.action if old.undoes else entry.action(state, old.action.environment)
            if action is None:
                return None
            dry_run = await self._actuators.checked(action).rehearse(action)
        except (NotFoundError, RefusedError):
            return None
        impact = _impact(state, renewal.diagnosis)
        undo = entry.undo(state, action.environment)
        return old.model_copy(
            update={
                "action": action,
                "pre_state": state,
                "diff": difference(action, state),
                "changed": drift(old.pre_state, state),
                "impact": impact,
                "blast_radius": impact.words,
                "undo": None if old.undoes else undo,
                "rollback": old.rollback if old.undoes else _back(undo, state),
                "dry_run": dry_run,
            }
        )

    @activity.defn
    async def propose_undo(self, undoing: UndoInput) -> Proposal | None:
        """What takes the action back, itself a proposal; None where nothing does."""
        done, undo = undoing.proposal, undoing.proposal.undo
        if undo is None:
            return None
        try:
            actuator = self._actuators.checked(undo)
            state = await actuator.state(undo.service)
            dry_run = await actuator.rehearse(undo)
        except (NotFoundError, RefusedError):
            return None
        entry = self._actuators.catalog.of(undo)
        impact = _impact(state, undoing.diagnosis)
        return done.model_copy(
            update={
                "action": undo,
                "reason": f"{done.action.words} did not help: this takes it back.",
                "pre_state": state,
                "diff": difference(undo, state),
                "changed": (),
                "impact": impact,
                "blast_radius": impact.words,
                "undo": None,
                "rollback": "It is the way back itself.",
                "verification": "The target is read again; the numbers are not expected to change.",
                "alternatives": (),
                "dry_run": dry_run,
                "severity": entry.severity if entry else done.severity,
                "undoes": undoing.approval_id,
            }
        )

    async def _options(self, findings: ProposeInput) -> list[ProposalOption]:
        """Everything that could be done now: causes by rank, each cause's remedies in their order."""
        options: list[ProposalOption] = []
        for cause in _causes(findings.diagnosis):
            kinds = [kind for kind in cause.remediation if kind in findings.plan.actions]
            entries = [e for kind in kinds for e in self._actuators.catalog.remedies(kind, cause.service)]
            for entry in entries:
                try:
                    state = await self._actuators.named(entry.actuator).state(cause.service)
                except (NotFoundError, RefusedError):  # nothing of ours can change it
                    continue
                action = entry.action(state, findings.plan.environment)
                if action is None or any(action.resembles(one) for one in findings.tried):
                    continue
                if not any(action.resembles(one.action) for one in options):
                    options.append(ProposalOption(cause, entry, action, state))
        return options


def _causes(diagnosis: Diagnosis) -> tuple[Candidate, ...]:
    """The cause, and the further candidates that are likely enough."""
    if diagnosis.verdict is not DiagnosisVerdict.FOUND:
        return ()
    first, *others = diagnosis.root_cause_candidates
    return (first, *(one for one in others if one.confidence >= LEAST))


def _proposal(option: ProposalOption, diagnosis: Diagnosis, dry_run: str) -> Proposal:
    action, state, impact = option.action, option.state, _impact(option.state, diagnosis)
    undo = option.entry.undo(state, action.environment)
    return Proposal(
        action=action,
        reason=option.cause.explanation,
        confidence=option.cause.confidence,
        pre_state=state,
        diff=difference(action, state),
        impact=impact,
        blast_radius=impact.words,
        undo=undo,
        rollback=_back(undo, state),
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


def _impact(state: TargetState, diagnosis: Diagnosis) -> Impact:
    """Whom it may hit: whoever calls the service, over any number of others, nearest first."""
    callers: list[str] = []
    reached = [state.service]
    for callee in reached:  # grows while it is walked
        for edge in diagnosis.service_graph.dependencies:
            if edge.callee == callee and edge.caller not in reached:
                reached.append(edge.caller)
                callers.append(edge.caller)
    return Impact(
        service=state.service,
        version=state.version,
        replicas=state.replicas,
        requests_per_second=diagnosis.traffic.get(state.service),
        dependents=tuple(callers),
    )


def _back(undo: Action | None, state: TargetState) -> str:
    if undo is None:
        return "It is not undone; version, revision and replicas stay as they are."
    return f"{undo.words.capitalize()}: back to what {state.service} is now."
